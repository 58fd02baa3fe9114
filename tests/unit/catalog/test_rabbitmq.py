"""Kind rabbitmq: which of the node's own pages is scraped."""

from __future__ import annotations

from catalog.plan import ScrapeJob
from catalog.rabbitmq import KIND
from tests.plans import mistakes_in, plan_of

LABELS = {"service": "broker", "kind": "rabbitmq", "owner": "shop"}
ENTRY = {"name": "broker", "kind": "rabbitmq", "owner": "shop", "target": "broker:15692"}


def test_a_node_is_scraped_itself_as_one_sum() -> None:
    plan = plan_of(ENTRY)
    assert plan.scrape_jobs == (ScrapeJob("broker", ("broker:15692",), LABELS),)
    assert plan.exporters == ()


def test_series_for_each_queue_are_on_a_page_of_their_own() -> None:
    job, _ = plan_of({**ENTRY, "per_queue": True, "scrape_interval": "30s"}).scrape_jobs
    assert (job.name, job.metrics_path, job.interval) == ("broker", "/metrics/per-object", "30s")


def test_its_alarms_which_are_not_on_that_page_are_scraped_too_and_nothing_else_of_theirs() -> None:
    _, alarms = plan_of({**ENTRY, "per_queue": True, "scheme": "https"}).scrape_jobs
    assert (alarms.name, alarms.metrics_path, alarms.keep) == ("broker/alarms", "/metrics", "rabbitmq_alarms_.+")
    assert (alarms.targets, alarms.labels, alarms.access.encrypted) == (("broker:15692",), LABELS, True)


def test_the_nodes_of_a_cluster_can_be_discovered() -> None:
    entry = {key: value for key, value in ENTRY.items() if key != "target"}
    (job,) = plan_of({**entry, "discover": {"dns": {"host": "broker.shop", "port": 15692}}}).scrape_jobs
    assert job.targets == ()
    assert job.discovery


def test_every_mistake_is_named_with_what_is_allowed() -> None:
    assert mistakes_in({**ENTRY, "per_queue": "yes"}) == [
        "services[0].per_queue: found 'yes'. Allowed: true or false.",
    ]


def test_its_alerts_are_its_own() -> None:
    assert KIND.rules == ("rabbitmq",)

"""Kind host: another machine's node exporter."""

from __future__ import annotations

import yaml

from catalog.host import KIND
from catalog.plan import ScrapeJob
from settings.service import ScrapeLimits
from tests.plans import mistakes_in, plan_of

LABELS = {"service": "worker-1", "kind": "host", "owner": "ops"}
ENTRY = {"name": "worker-1", "kind": "host", "owner": "ops", "target": "10.0.0.7:9100"}


def test_a_host_is_scraped_where_its_node_exporter_is() -> None:
    plan = plan_of(ENTRY)
    assert plan.scrape_jobs == (ScrapeJob("worker-1", ("10.0.0.7:9100",), LABELS),)
    assert plan.exporters == ()
    assert KIND.rules == ("host",)


def test_interval_and_limits_reach_the_job() -> None:
    (job,) = plan_of({**ENTRY, "scrape_interval": "30s", "limits": {"series": 50_000}}).scrape_jobs
    assert (job.interval, job.limits) == ("30s", ScrapeLimits(series=50_000))


def test_a_host_may_have_limits_of_its_own() -> None:
    plan = plan_of({**ENTRY, "alerts": {"HostDiskAlmostFull": {"threshold": 0.02}, "HostClockDrift": {"threshold": 1}}})
    groups = yaml.safe_load(plan.rule_files["host.rules.yml"])["groups"]
    own = [rule for group in groups for rule in group["rules"] if rule.get("record") == "service:alert:override"]
    assert own == [
        {
            "record": "service:alert:override",
            "expr": "vector(0.02)",
            "labels": {**LABELS, "alert": "HostDiskAlmostFull"},
        },
        {"record": "service:alert:override", "expr": "vector(1)", "labels": {**LABELS, "alert": "HostClockDrift"}},
    ]


def test_mistakes_name_the_key_and_what_is_allowed() -> None:
    found = mistakes_in(
        {**ENTRY, "alerts": {"HostOomKill": {"threshold": 1}, "HostDiskAlmostFull": {"threshold": 10}}},
        {"name": "worker-2", "kind": "host"},
    )
    assert len(found) == 3
    assert any("services[0].alerts.HostOomKill.threshold" in mistake for mistake in found)
    assert any("services[0].alerts.HostDiskAlmostFull.threshold" in mistake for mistake in found)
    assert any(mistake.startswith("services[1]") and "exactly one of target, discover" in mistake for mistake in found)

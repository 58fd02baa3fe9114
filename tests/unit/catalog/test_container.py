"""Kind container: which containers must run, and whose cAdvisor must see them."""

from __future__ import annotations

import pytest

from catalog.container import KIND
from catalog.plan import RecordingRule, ScrapeJob
from settings.service import ScrapeLimits
from tests.plans import mistakes_in, plan_of

LABELS = {"service": "shop-containers", "kind": "container", "owner": "shop"}
ENTRY = {"name": "shop-containers", "kind": "container", "owner": "shop", "containers": ["shop-web", "shop_worker.1"]}
EXPECTED = "service:container_expected:info"


@pytest.mark.parametrize(("target", "source"), [(None, "cadvisor"), ("edge:8080", "shop-containers")])
def test_each_container_is_expected_by_the_cadvisor_of_its_machine(target: str | None, source: str) -> None:
    plan = plan_of({**ENTRY, "target": target} if target else ENTRY)
    assert [rule for rule in plan.recording_rules["shop-containers"] if rule.record == EXPECTED] == [
        RecordingRule(EXPECTED, "vector(1)", {**LABELS, "name": "shop-web", "source": source}),
        RecordingRule(EXPECTED, "vector(1)", {**LABELS, "name": "shop_worker.1", "source": source}),
    ]


def test_the_stacks_own_cadvisor_needs_no_second_job() -> None:
    plan = plan_of(ENTRY)
    assert (plan.scrape_jobs, plan.exporters) == ((), ())
    assert KIND.rules == ("containers",)


def test_another_machines_cadvisor_is_scraped() -> None:
    plan = plan_of({**ENTRY, "target": "edge:8080", "scrape_interval": "30s", "limits": {"series": 50_000}})
    assert plan.scrape_jobs == (
        ScrapeJob("shop-containers", ("edge:8080",), LABELS, interval="30s", limits=ScrapeLimits(series=50_000)),
    )


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"containers": []}, "services[0].containers"),
        ({"containers": ["/shop-web"]}, "services[0].containers: found '/shop-web'. Allowed: names of containers"),
        (
            {"containers": ["web", "web"]},
            "services[0].containers: found 'web' more than once. Allowed: each entry once.",
        ),
        ({"scrape_interval": "30s"}, "services[0].scrape_interval: found it without target."),
        ({"limits": {"series": 1}}, "services[0].limits: found it without target."),
    ],
)
def test_mistakes_name_the_key_and_what_is_allowed(change: dict[str, object], expected: str) -> None:
    (found,) = mistakes_in({**ENTRY, **change})
    assert found.startswith(expected)


RUNNING, WANTED = "service:containers_running:count", "service:containers_wanted:count"


@pytest.mark.parametrize(
    ("which", "name", "matchers"),
    [
        ({"containers": ["shop-*.web-*"]}, "shop-*.web-*", r'name=~"shop\\-.*\\.web\\-.*"'),
        (
            {"compose": {"project": "shop", "services": ["api"]}},
            "shop/api",
            'container_label_com_docker_compose_project="shop", container_label_com_docker_compose_service="api"',
        ),
    ],
)
def test_replicas_are_counted_by_a_name_with_stars_or_by_what_compose_calls_them(
    which: dict[str, object], name: str, matchers: str
) -> None:
    entry = {"name": "workers", "kind": "container", "owner": "shop", **which, "replicas": 3}
    seen = f'count(max by (name) (container_last_seen{{job="cadvisor", {matchers}}}) > time() - 90)'
    labels = {"service": "workers", "kind": "container", "owner": "shop", "source": "cadvisor", "name": name}
    rules = plan_of(entry).recording_rules["workers"]
    assert [rule for rule in rules if rule.record in (RUNNING, WANTED)] == [
        RecordingRule(RUNNING, f"{seen} or vector(0)", labels),
        RecordingRule(WANTED, "vector(3)", labels),
    ]
    up = f'min({RUNNING}{{service="workers"}} > bool 0) and on () min(up{{job="cadvisor"}}) == 1'
    assert [rule.expr for rule in rules if rule.record == "service:up"] == [up]


def test_names_and_names_with_stars_can_stand_together() -> None:
    rules = plan_of({**ENTRY, "containers": ["shop-web", "shop-worker-*"]}).recording_rules["shop-containers"]
    assert [rule.labels["name"] for rule in rules if rule.record == EXPECTED] == ["shop-web"]
    assert [rule.labels["name"] for rule in rules if rule.record == WANTED] == ["shop-worker-*"]
    (up,) = [rule.expr for rule in rules if rule.record == "service:up"]
    assert f'== bool 1) * min({RUNNING}{{service="shop-containers"}} > bool 0) and on ()' in up


@pytest.mark.parametrize(
    ("which", "sentence"),
    [
        ({}, "services[0]: found nothing. Allowed: exactly one of containers, compose."),
        (
            {"containers": ["web"], "compose": {"project": "shop", "services": ["api"]}},
            "services[0]: found containers and compose. Allowed: exactly one of containers, compose.",
        ),
        (
            {"containers": ["web"], "replicas": 2},
            "services[0].replicas: found 2 replicas of web. Allowed: one: a name is of one container. "
            "Write a name with *.",
        ),
    ],
)
def test_which_containers_is_said_in_one_way(which: dict[str, object], sentence: str) -> None:
    assert mistakes_in({"name": "workers", "kind": "container", **which}) == [sentence]


def test_a_service_of_compose_that_is_named_twice_would_be_recorded_twice() -> None:
    compose = {"project": "shop", "services": ["web", "web"]}
    (mistake,) = mistakes_in({"name": "workers", "kind": "container", "compose": compose})
    assert mistake.startswith("services[0].compose.services: found 'web' more than once.")

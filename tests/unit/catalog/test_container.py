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
        ({"containers": ["web", "web"]}, "services[0].containers: found 'web' twice. Allowed: each name once."),
        ({"scrape_interval": "30s"}, "services[0].scrape_interval: found it without target."),
        ({"limits": {"series": 1}}, "services[0].limits: found it without target."),
    ],
)
def test_mistakes_name_the_key_and_what_is_allowed(change: dict[str, object], expected: str) -> None:
    (found,) = mistakes_in({**ENTRY, **change})
    assert found.startswith(expected)

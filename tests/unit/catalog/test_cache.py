"""Kind `cache`: from a stack entry to the normalised series."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from catalog.plan import MonitoringPlan, ScrapeJob
from settings.errors import ConfigurationError
from tests import plans

API = {"name": "api", "kind": "http", "target": "api:8000"}
LABELS = {"service": "pages", "kind": "cache", "owner": "web"}


def plan_of(**entry: Any) -> MonitoringPlan:
    service = {"name": "pages", "kind": "cache", "owner": "web", **entry}
    return plans.plan_of(API, service)


def recorded(plan: MonitoringPlan) -> Mapping[str, str]:
    rules = [rule for rule in plan.recording_rules["pages"] if rule.record.startswith("service:cache")]
    assert all(rule.labels == LABELS for rule in rules)
    return {rule.record: rule.expr for rule in rules}


def test_a_cache_reads_the_series_of_another_service_and_only_hits_and_misses_count() -> None:
    plan = plan_of(metrics_from="api")
    assert [job.name for job in plan.scrape_jobs] == ["api"]
    own = 'service:cache_requests:rate30m{service="pages"}'
    hits = 'sum(rate(cache_requests_total{service="api", result="hit"}[30m]))'
    assert recorded(plan) == {
        "service:cache_requests:rate30m": 'sum(rate(cache_requests_total{service="api", result=~"hit|miss"}[30m]))',
        "service:cache_hits:ratio_rate30m": f"sum({hits} or {own} * 0) / sum({own})",
    }
    assert "cache.rules.yml" in plan.rule_files


def test_a_cache_with_metrics_of_its_own_is_scraped() -> None:
    plan = plan_of(target="pages:9000", path="/stats")
    assert plan.scrape_jobs[1] == ScrapeJob("pages", ("pages:9000",), LABELS, metrics_path="/stats")


def test_other_labels_and_values_are_quoted() -> None:
    names = {"requests_total": "lookups_total", "result_label": "outcome", "hit": "HIT", "miss": 'no "hit".'}
    found = recorded(plan_of(metrics_from="api", metrics=names))
    assert 'outcome="HIT"}' in found["service:cache_hits:ratio_rate30m"]
    assert found["service:cache_requests:rate30m"] == (
        r'sum(rate(lookups_total{service="api", outcome=~"HIT|no\\ \"hit\"\\."}[30m]))'
    )


def test_hits_and_misses_may_be_two_counters() -> None:
    found = recorded(plan_of(metrics_from="api", metrics={"hits_total": "h_total", "misses_total": "m_total"}))
    hits, misses = (f'sum(rate({name}{{service="api"}}[30m]))' for name in ("h_total", "m_total"))
    assert found["service:cache_requests:rate30m"] == f"({hits} or {misses} * 0) + ({misses} or {hits} * 0)"


@pytest.mark.parametrize(
    "metrics", [{"hits_total": "h_total"}, {"hits_total": "h", "misses_total": "m", "requests_total": "r"}]
)
def test_half_a_pair_or_both_forms_are_a_mistake(metrics: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match="hits_total and misses_total, or requests_total"):
        plan_of(metrics_from="api", metrics=metrics)

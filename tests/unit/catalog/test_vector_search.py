"""Kind `vector-search`: from a stack entry to the normalised series."""

from __future__ import annotations

from typing import Any

from catalog.plan import MonitoringPlan
from tests import plans

API = {"name": "api", "kind": "http", "target": "api:8000"}


def plan_of(**entry: Any) -> MonitoringPlan:
    service = {"name": "memories", "kind": "vector-search", "owner": "ai", **entry}
    return plans.plan_of(API, service)


def recorded(plan: MonitoringPlan) -> dict[str, str]:
    rules = [rule for rule in plan.recording_rules["memories"] if rule.record.startswith("service:vector_search")]
    assert all(rule.labels == {"service": "memories", "kind": "vector-search", "owner": "ai"} for rule in rules)
    return {rule.record: rule.expr for rule in rules}


def test_searches_are_recorded_from_the_series_of_another_service() -> None:
    plan = plan_of(metrics_from="api")
    assert [job.name for job in plan.scrape_jobs] == ["api"]
    found = recorded(plan)
    assert found["service:vector_search_requests:rate5m"] == (
        'sum(rate(vector_search_duration_seconds_count{service="api"}[5m]))'
    )
    assert found["service:vector_search_latency:p95_5m"] == (
        'histogram_quantile(0.95, sum by (le) (rate(vector_search_duration_seconds_bucket{service="api"}[5m])))'
    )
    assert "vector.rules.yml" in plan.rule_files


def test_a_native_histogram_of_its_own_program_is_scraped_as_such() -> None:
    plan = plan_of(target="qdrant:6333", metrics={"duration_seconds": "search_seconds", "histogram": "native"})
    job = plan.scrape_jobs[1]
    assert (job.name, job.targets, job.native_histograms) == ("memories", ("qdrant:6333",), True)
    assert recorded(plan)["service:vector_search_latency:p95_5m"] == (
        'histogram_quantile(0.95, sum(rate(search_seconds{service="memories"}[5m])))'
    )

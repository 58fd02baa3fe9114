"""Services that answer HTTP: whatever their metrics are called, they are recorded under one family of names."""

from __future__ import annotations

import pytest

from catalog.plan import ScrapeJob
from tests.plans import plan_of
from tests.unit.catalog.planned import labels, recorded


@pytest.mark.parametrize(("kind", "status_label"), [("fastapi", "status"), ("http", "status"), ("node", "status_code")])
def test_an_http_service_is_scraped_and_recorded_under_the_normalised_names(kind: str, status_label: str) -> None:
    plan = plan_of({"name": "api", "kind": kind, "target": "api:8000", "owner": "shop"})
    assert plan.scrape_jobs == (ScrapeJob("api", ("api:8000",), labels("api", kind, "shop")),)
    assert plan.exporters == ()
    requests = 'sum(rate(http_requests_total{service="api"}[5m]))'
    failed = f'sum(rate(http_requests_total{{service="api", {status_label}=~"5.."}}[5m]))'
    buckets = 'sum by (le) (rate(http_request_duration_seconds_bucket{service="api"}[5m]))'
    assert recorded(plan, "api") == {
        "service:declared:info": "vector(1)",
        "service:http_declared:info": "vector(1)",
        "service:dependency_degraded:max": 'max by (dependency) (dependency_degraded{service="api"})',
        "service:http_requests:rate5m": requests,
        "service:http_errors:ratio_rate5m": f"({failed} or {requests} * 0) / {requests}",
        "service:http_latency:p50_5m": f"histogram_quantile(0.5, {buckets})",
        "service:http_latency:p90_5m": f"histogram_quantile(0.9, {buckets})",
        "service:http_latency:p95_5m": f"histogram_quantile(0.95, {buckets})",
        "service:http_latency:p99_5m": f"histogram_quantile(0.99, {buckets})",
        "service:up": 'max(up{service="api"})',
    }


def test_other_paths_names_and_intervals_of_an_http_service_reach_the_plan() -> None:
    plan = plan_of(
        {
            "name": "web",
            "kind": "node",
            "target": "web:3000",
            "path": "/api/metrics",
            "scrape_interval": "30s",
            "metrics": {"requests_total": "openmemory_http_requests_total", "duration_seconds": "openmemory_seconds"},
        }
    )
    (job,) = plan.scrape_jobs
    assert (job.metrics_path, job.interval) == ("/api/metrics", "30s")
    found = recorded(plan, "web")
    # The other names do not take prom-client's label with them.
    assert (
        'openmemory_http_requests_total{service="web", status_code=~"5.."}'
        in (found["service:http_errors:ratio_rate5m"])
    )
    assert "rate(openmemory_seconds_bucket{" in found["service:http_latency:p95_5m"]
    assert "http_request_duration_seconds" not in "".join(found.values())


def test_without_a_counter_the_histogram_counts_the_requests() -> None:
    found = recorded(
        plan_of({"name": "api", "kind": "http", "target": "api:80", "metrics": {"requests_total": None}}), "api"
    )
    counted = 'sum(rate(http_request_duration_seconds_count{service="api"}[5m]))'
    failed = 'sum(rate(http_request_duration_seconds_count{service="api", status=~"5.."}[5m]))'
    assert found["service:http_requests:rate5m"] == counted
    assert found["service:http_errors:ratio_rate5m"] == f"({failed} or {counted} * 0) / {counted}"


def test_native_histograms_are_scraped_and_read_without_buckets() -> None:
    plan = plan_of({"name": "api", "kind": "http", "target": "api:80", "metrics": {"histogram": "native"}})
    assert [job.native_histograms for job in plan.scrape_jobs] == [True]
    assert recorded(plan, "api")["service:http_latency:p95_5m"] == (
        'histogram_quantile(0.95, sum(rate(http_request_duration_seconds{service="api"}[5m])))'
    )


def test_only_a_service_with_objectives_has_their_series() -> None:
    api: dict[str, object] = {"name": "api", "kind": "http", "target": "api:80"}
    assert not [name for name in recorded(plan_of(api), "api") if "slo" in name]
    plan = plan_of({**api, "slo": {"availability": 0.99}})
    requests = 'sum(rate(http_requests_total{service="api"}[5m]))'
    failed = 'sum(rate(http_requests_total{service="api", status=~"5.."}[5m]))'
    assert {name: expression for name, expression in recorded(plan, "api").items() if "slo" in name} == {
        "service:slo_total:rate5m": requests,
        "service:slo_bad:rate5m": f"{failed} or {requests} * 0",
        "service:slo_objective:ratio": "vector(0.99)",
    }

"""Kind `queries`: query durations and pool of a program, from its own metrics or from another service's scrape."""

from __future__ import annotations

from catalog.plan import MonitoringPlan, RecordingRule, ScrapeJob
from tests.plans import mistakes_in, plan_of

API: dict[str, object] = {"name": "api", "kind": "fastapi", "target": "api:8000"}
ENTRY: dict[str, object] = {"name": "api-queries", "kind": "queries", "owner": "shop"}
LABELS = {"service": "api-queries", "kind": "queries", "owner": "shop"}


def recorded(plan: MonitoringPlan) -> dict[str, RecordingRule]:
    """The normalised family of the entry, without what every service has."""
    return {rule.record: rule for rule in plan.recording_rules["api-queries"] if rule.record.startswith("service:db_")}


def test_the_program_is_scraped_and_recorded_under_the_normalised_names() -> None:
    plan = plan_of({**ENTRY, "target": "api:8000", "path": "/internal/metrics"})
    assert plan.scrape_jobs == (
        ScrapeJob("api-queries", ("api:8000",), LABELS, metrics_path="/internal/metrics", native_histograms=False),
    )
    assert plan.exporters == ()
    found = recorded(plan)
    assert all(rule.labels == LABELS for rule in found.values())
    own = '{service="api-queries"}'
    buckets = f"sum by (le) (rate(db_query_duration_seconds_bucket{own}[5m]))"
    assert {name: rule.expr for name, rule in found.items()} == {
        "service:db_queries:rate5m": f"sum(rate(db_query_duration_seconds_count{own}[5m]))",
        "service:db_query_latency:bucket_rate5m": buckets,
        "service:db_query_latency:p50_5m": f"histogram_quantile(0.5, {buckets})",
        "service:db_query_latency:p90_5m": f"histogram_quantile(0.9, {buckets})",
        "service:db_query_latency:p95_5m": f"histogram_quantile(0.95, {buckets})",
        "service:db_query_latency:p99_5m": f"histogram_quantile(0.99, {buckets})",
        "service:db_query_latency:highest_bucket": (
            'histogram_quantile(0.5, group by (le) (db_query_duration_seconds_bucket{service="api-queries", le="+Inf"})'
            ' or group by (le) (db_query_duration_seconds_bucket{service="api-queries", le!="+Inf"}) * 0)'
        ),
        "service:db_connections:ratio": (
            f"max(sum by (instance) (last_over_time(db_pool_connections_in_use{own}[3m]))"
            f" / sum by (instance) (last_over_time(db_pool_connections_max{own}[3m])))"
        ),
    }


def test_series_of_another_services_scrape_are_read_and_not_scraped_again() -> None:
    plan = plan_of(API, {**ENTRY, "metrics_from": "api"})
    assert [job.name for job in plan.scrape_jobs] == ["api"]
    found = recorded(plan)
    assert all('{service="api"' in rule.expr and rule.labels == LABELS for rule in found.values())


def test_other_names_and_native_histograms() -> None:
    metrics = {
        "duration_seconds": "pg_client_seconds",
        "histogram": "native",
        "connections_in_use": "pool_busy",
        "connections_max": "pool_size",
    }
    plan = plan_of({**ENTRY, "target": "api:8000", "metrics": metrics})
    assert plan.scrape_jobs[0].native_histograms
    found = recorded(plan)
    assert (
        found["service:db_query_latency:p95_5m"].expr
        == 'histogram_quantile(0.95, sum(rate(pg_client_seconds{service="api-queries"}[5m])))'
    )
    assert found["service:db_queries:rate5m"].expr.startswith("histogram_count(")
    assert "pool_busy" in found["service:db_connections:ratio"].expr
    assert not any("db_query_duration" in rule.expr or "db_pool" in rule.expr for rule in found.values())


def test_a_program_without_a_pool_has_no_share_of_connections() -> None:
    without = {"connections_in_use": None, "connections_max": None}
    plan = plan_of({**ENTRY, "target": "api:8000", "metrics": without})
    assert "service:db_connections:ratio" not in recorded(plan)
    assert "service:db_queries:rate5m" in recorded(plan)


def test_one_gauge_of_the_pool_alone_is_refused() -> None:
    (mistake,) = mistakes_in({**ENTRY, "target": "api:8000", "metrics": {"connections_max": None}})
    assert mistake == (
        "services[0].metrics: found only connections_in_use. "
        "Allowed: both connections_in_use and connections_max, or null for both."
    )


def test_its_alerts_are_those_that_databases_share() -> None:
    files = plan_of({**ENTRY, "target": "api:8000"}).rule_files
    assert "databases.rules.yml" in files
    assert "postgres.rules.yml" not in files

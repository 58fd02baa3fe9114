"""Caches and database queries, as the programs that use them measure them."""

from __future__ import annotations

from dashboards.about_services import marks, service_variable, threshold
from dashboards.applies import of_kinds
from dashboards.panels import (
    Dashboard,
    DashboardRow,
    Panel,
    dashboard,
    latency,
    only_where,
    rate,
    saturation,
)
from dashboards.queries import metrics
from dashboards.rows import health_row, share_of_threshold
from dashboards.series import of, threshold_of
from dashboards.signals import Signals

_CACHE, _QUERIES = of_kinds("cache"), of_kinds("queries")


def _cache() -> tuple[Panel, ...]:
    hits = of("service:cache_hits:ratio_rate30m")
    return (
        saturation(
            "Hit ratio",
            "Share of look-ups that the cache answered, over half an hour. Dashed: the threshold of LowCacheHitRate. "
            "Below it: keys live too short, or what is asked has changed; the database pays for it.",
            [metrics(hits, "{{service}}")],
            threshold=threshold("LowCacheHitRate"),
            empty="No look-ups",
        ),
        rate(
            "Look-ups",
            "Look-ups per second that were hits or misses, over half an hour. A fall to 0: the program goes past its "
            "cache.",
            [metrics(of("service:cache_requests:rate30m"), "{{service}}")],
        ),
    )


def _queries() -> tuple[Panel, ...]:
    kind = 'kind="queries"'
    p95 = of("service:db_query_latency:p95_5m", kind)
    pool = of("service:db_connections:ratio", kind)
    return (
        latency(
            "Query latency",
            "How long half, 95 % and 99 % of queries took at most. Dashed: the threshold of SlowQueries, which "
            "watches P95. Above it: see the database's own dashboard for locks and load.",
            [
                metrics(of(f"service:db_query_latency:p{quantile}_5m", kind), f"{{{{service}}}} P{quantile}")
                for quantile in (50, 95, 99)
            ],
            threshold=threshold_of("SlowQueries", p95),
            empty="No query",
            width=8,
        ),
        rate(
            "Queries",
            "Queries per second. More for the same requests: somebody asks in a loop.",
            [metrics(of("service:db_queries:rate5m", kind), "{{service}}")],
            unit="ops",
            width=8,
        ),
        saturation(
            "Pool in use",
            "Share of the fullest pool's connections in use. Dashed: the threshold of DatabaseConnectionsHigh. At 1 "
            "callers wait: queries are too slow, or the pool is too small.",
            [metrics(pool, "{{service}}")],
            threshold=threshold_of("DatabaseConnectionsHigh", pool),
            empty="Its pool is not measured",
            width=8,
        ),
    )


def _near_limits() -> tuple[Panel, ...]:
    return only_where(
        _QUERIES,
        share_of_threshold(
            "P95 of queries, of its threshold",
            "P95 of query durations, relative to the threshold of SlowQueries. When red: find the query, and see "
            "whether the database is busy or locked.",
            "service:db_query_latency:p95_5m",
            "SlowQueries",
            width=24,
        ),
    )


def _cache_and_queries(_signals: Signals) -> Dashboard:
    return dashboard(
        "cache_and_queries",
        "Cache and queries",
        "Caches and database queries as programs measure them: hit ratio, latency, pools of connections.",
        variables=(service_variable("cache", "queries"),),
        annotations=marks(),
        rows=(
            health_row(*_near_limits()),
            DashboardRow("Caches", only_where(_CACHE, *_cache())),
            DashboardRow("Queries", only_where(_QUERIES, *_queries())),
        ),
    )


DASHBOARD = _cache_and_queries

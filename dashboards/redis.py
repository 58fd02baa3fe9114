"""Redis: its hit ratio and memory."""

from __future__ import annotations

from dashboards.about_services import CHOSEN, marks, service_variable
from dashboards.panels import Dashboard, DashboardRow, Panel, dashboard, time_series
from dashboards.queries import metrics
from dashboards.signals import Signals


def _keys() -> tuple[Panel, ...]:
    return (
        time_series(
            "Hit ratio",
            "Share of key lookups that found their key, over five minutes; no line without lookups.",
            [metrics(_hit_ratio(), "{{service}}")],
            unit="percentunit",
            maximum=1,
        ),
        time_series(
            "Memory",
            "Memory in use. Dashed: maxmemory, where Redis starts to evict keys or to refuse writes; "
            "a server without one has no line.",
            [metrics(f"max by (service) (redis_memory_used_bytes{{{CHOSEN}}})", "{{service}}")],
            unit="bytes",
            threshold=metrics(f"max by (service) (redis_memory_max_bytes{{{CHOSEN}}}) > 0", "{{service}} maxmemory"),
        ),
    )


def _hit_ratio() -> str:
    hits, misses = (
        f"sum by (service) (rate(redis_keyspace_{end}_total{{{CHOSEN}}}[5m]))" for end in ("hits", "misses")
    )
    return f"{hits} / ({hits} + {misses} > 0)"


def _redis(_signals: Signals) -> Dashboard:
    return dashboard(
        "redis",
        "Redis",
        "Redis servers: hit ratio and memory.",
        variables=(service_variable("redis"),),
        annotations=marks(),
        rows=(DashboardRow("Keys and memory", _keys()),),
    )


DASHBOARD = _redis

"""Small dashboards to test with, and what is in a document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from components.stores import log_stores, trace_stores
from components.stores.store import Stores
from dashboards.panels import DashboardRow, Panel, dashboard, time_series
from dashboards.queries import metrics
from dashboards.sdk import models

PAIRS = tuple(Stores(logs, traces) for logs in log_stores() for traces in trace_stores())
"""Every pair of stores that a stack can have."""
STORES = PAIRS[0]


def named(stores: Stores) -> str:
    return f"{stores.logs.name}-{stores.traces.name}"


def small(*panels: Panel, collapsed: bool = False) -> models.Dashboard:
    return dashboard("small", "Small", "For a test.", rows=[DashboardRow("Row", panels, collapsed)]).laid_out()


def line(title: str, width: int = 12, expr: str = "up") -> Panel:
    return time_series(title, "What it is.", [metrics(expr, "{{service}}")], unit="s", width=width)


def everything_in(value: Any) -> Iterator[Any]:
    yield value
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from everything_in(item)

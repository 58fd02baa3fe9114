"""Panels and dashboards as the house makes them: a dashboard says what it shows, this says how it looks."""

from __future__ import annotations

from dashboards.panels.colours import BAD, GOOD, HIGH, NEUTRAL, SEVERITY_COLOURS, WARNING
from dashboards.panels.finishing import finished
from dashboards.panels.frame import (
    COLUMNS,
    TAG,
    Condition,
    Dashboard,
    DashboardRow,
    Panel,
    annotation,
    dashboard,
    only_where,
    query_variable,
)
from dashboards.panels.lines import (
    PanelLink,
    heatmap,
    latency,
    rate,
    ratio,
    saturation,
    state_timeline,
    time_series,
)
from dashboards.panels.links import dashboard_link, traces_link
from dashboards.panels.tables import Column, logs, table
from dashboards.panels.values import bar_gauge, stat

__all__ = [
    "BAD",
    "COLUMNS",
    "GOOD",
    "HIGH",
    "NEUTRAL",
    "SEVERITY_COLOURS",
    "TAG",
    "WARNING",
    "Column",
    "Condition",
    "Dashboard",
    "DashboardRow",
    "Panel",
    "PanelLink",
    "annotation",
    "bar_gauge",
    "dashboard",
    "dashboard_link",
    "finished",
    "heatmap",
    "latency",
    "logs",
    "only_where",
    "query_variable",
    "rate",
    "ratio",
    "saturation",
    "stat",
    "state_timeline",
    "table",
    "time_series",
    "traces_link",
]

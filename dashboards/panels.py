"""Panels and dashboards as the house makes them: a dashboard says what it shows, this says how it looks.

`finished` turns the SDK's object into the JSON that is deployed, and sets right what the SDK leaves.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from string import ascii_uppercase
from typing import Any
from urllib.parse import quote

from dashboards import sdk
from dashboards.queries import log_lines, panels_of, source
from dashboards.sdk import common_models, models
from dashboards.signals import METRICS_SOURCE, LogQuery, LogSource, TraceQuery, TraceSource

Panel = sdk.Builder[models.Panel]
PanelLink = sdk.Builder[models.DashboardLink]

GOOD = "green"
WARNING = "yellow"
HIGH = "orange"
BAD = "red"
NEUTRAL = "blue"
SEVERITY_COLOURS = {"critical": BAD, "high": HIGH, "warning": WARNING, "info": NEUTRAL}

# Every dashboard carries it, and links to all that do.
TAG = "monitoring"

_COLUMNS = 24
_THRESHOLD = "threshold"
_UID = re.compile(r"[a-zA-Z0-9_-]{1,40}")


@dataclass(frozen=True)
class DashboardRow:
    """A titled row of panels; they flow from left to right and wrap."""

    title: str
    panels: tuple[Panel, ...]
    collapsed: bool = False


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        name: the label it shows, or `Value`.
        title: its heading.
        unit: Grafana's unit of its values.
        colours: background by value.
    """

    name: str
    title: str
    unit: str | None = None
    colours: Mapping[str, str] = field(default_factory=dict)


def dashboard(
    uid: str,
    title: str,
    description: str,
    *,
    rows: Iterable[DashboardRow],
    variables: Iterable[sdk.Builder[models.VariableModel]] = (),
    annotations: Iterable[sdk.Builder[models.AnnotationQuery]] = (),
) -> models.Dashboard:
    """A dashboard of the last hour that reloads every 15 seconds and links to the others.

    It cannot be edited in Grafana: the next deployment would undo the edit.
    """
    built = (
        sdk.dashboard.Dashboard(title)
        .uid(uid)
        .description(description)
        .tags([TAG])
        .readonly()
        .time("now-1h", "now")
        .refresh("15s")
        .timepicker(sdk.dashboard.TimePicker().refresh_intervals(["10s", "15s", "30s", "1m", "5m"]))
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .variables(list(variables))
        .annotations(list(annotations))
        .link(
            sdk.dashboard.DashboardLink("Dashboards")
            .type(models.DashboardLinkType.DASHBOARDS)
            .tags([TAG])
            .as_dropdown(True)
            .include_vars(True)
            .keep_time(True)
        )
        .build()
    )
    built.panels = _arranged(rows)
    return built


def query_variable(name: str, label: str, values: str) -> sdk.dashboard.QueryVariable:
    """A query variable: one, several or all of the values that Prometheus has. `All` stands for the list of them.

    Args:
        name: as queries use it, in `label=~"$name"`.
        label: what the reader sees.
        values: `label_values(selector, label)`.
    """
    return (
        sdk.dashboard.QueryVariable(name)
        .label(label)
        .datasource(source(METRICS_SOURCE))
        .query(values)
        .definition(values)
        .multi(True)
        .include_all(True)
        .current(models.VariableOption(selected=True, text=["All"], value=["$__all"]))
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.ALPHABETICAL_ASC)
    )


def annotation(name: str, query: sdk.prometheus.Dataquery, *, title: str, text: str) -> sdk.dashboard.AnnotationQuery:
    """An annotation on every time series where `query` has samples; `title` and `text` name labels as `{{label}}`."""
    return (
        sdk.dashboard.AnnotationQuery()
        .name(name)
        .datasource(source(METRICS_SOURCE))
        .enable(True)
        .icon_color(BAD)
        .target(query.ref_id("annotation"))
        .title_format(title)
        .text_format(text)
    )


def time_series(
    title: str,
    description: str,
    queries: Sequence[sdk.Builder[sdk.Dataquery]],
    *,
    unit: str,
    threshold: sdk.prometheus.Dataquery | None = None,
    maximum: float | None = None,
    stacked: bool = False,
    links: Sequence[PanelLink] = (),
    width: int = 12,
    height: int = 8,
) -> Panel:
    """Lines over time, from zero, with a legend below.

    Args:
        title: shown above it.
        description: what it means and what to do about it.
        queries: what it draws.
        unit: Grafana's unit of the values.
        threshold: the series that an alert compares with, or a limit; drawn as a dashed red line.
        maximum: upper end of the axis; default: as far as the values go.
        stacked: areas on top of each other, for parts of a whole.
        links: where a click on a line leads.
        width: of 24 columns.
        height: in Grafana's grid units.
    """
    panel = (
        sdk.timeseries.Panel()
        .title(title)
        .description(description)
        .datasource(source(METRICS_SOURCE))
        .targets([*queries, *([threshold.ref_id(_THRESHOLD)] if threshold else [])])
        .unit(unit)
        .min(0)
        .line_width(1)
        .fill_opacity(30 if stacked else 8)
        .legend(
            sdk.common.VizLegendOptions()
            .display_mode(common_models.LegendDisplayMode.LIST)
            .placement(common_models.LegendPlacement.BOTTOM)
            .show_legend(True)
        )
        .tooltip(
            sdk.common.VizTooltipOptions()
            .mode(common_models.TooltipDisplayMode.MULTI)
            .sort(common_models.SortOrder.DESCENDING)
        )
        .span(width)
        .height(height)
    )
    if maximum is not None:
        panel.max(maximum)
    if stacked:
        panel.stacking(sdk.common.StackingConfig().mode(common_models.StackingMode.NORMAL).group("values"))
    if links:
        panel.data_links(list(links))
    if threshold:
        panel.override_by_query(
            _THRESHOLD,
            [
                models.DynamicConfigValue("color", {"mode": "fixed", "fixedColor": BAD}),
                models.DynamicConfigValue("custom.lineStyle", {"fill": "dash", "dash": [10, 10]}),
                models.DynamicConfigValue("custom.fillOpacity", 0),
                models.DynamicConfigValue("custom.stacking", {"mode": "none", "group": _THRESHOLD}),
            ],
        )
    return panel


def stat(
    title: str,
    description: str,
    query: sdk.prometheus.Dataquery,
    *,
    unit: str,
    steps: Sequence[tuple[float, str]],
    texts: Mapping[str, str] | None = None,
    decimals: int | None = None,
    width: int = 8,
    height: int = 5,
) -> Panel:
    """The value of each series now, on the colour of the step it has reached.

    Args:
        title: shown above it.
        description: what it means and what to do about it.
        query: what it shows.
        unit: Grafana's unit of the values.
        steps: lower bound and colour of each step, rising; the first is for everything below the second.
        texts: words in place of values.
        decimals: digits after the point; default: as Grafana finds best.
        width: of 24 columns.
        height: in Grafana's grid units.
    """
    panel = (
        sdk.stat.Panel()
        .title(title)
        .description(description)
        .datasource(source(METRICS_SOURCE))
        .with_target(query)
        .unit(unit)
        .color_scheme(sdk.dashboard.FieldColor().mode(models.FieldColorModeId.THRESHOLDS))
        # The first bound is a number although Grafana never reads it: the alternative would be a null.
        .thresholds(
            sdk.dashboard.ThresholdsConfig()
            .mode(models.ThresholdsMode.ABSOLUTE)
            .steps([models.Threshold(bound, colour) for bound, colour in steps])
        )
        .reduce_options(sdk.common.ReduceDataOptions().calcs(["lastNotNull"]))
        .graph_mode(common_models.BigValueGraphMode.NONE)
        .color_mode(common_models.BigValueColorMode.BACKGROUND)
        .span(width)
        .height(height)
    )
    if texts:
        panel.mappings([_texts(texts)])
    if decimals is not None:
        panel.decimals(decimals)
    return panel


def table(
    title: str,
    description: str,
    query: sdk.prometheus.Dataquery,
    *,
    columns: Sequence[Column],
    empty: str | None = None,
    width: int = 12,
    height: int = 8,
) -> Panel:
    """The series of a `metrics_table` query as rows.

    Args:
        title: shown above it.
        description: what it means and what to do about it.
        query: its labels and value must be the columns; only the time is left out.
        columns: in the order they are shown.
        empty: what it says when there is no series.
        width: of 24 columns.
        height: in Grafana's grid units.
    """
    panel = (
        sdk.table.Panel()
        .title(title)
        .description(description)
        .datasource(source(METRICS_SOURCE))
        .with_target(query)
        .with_transformation(
            models.DataTransformerConfig(
                "organize",
                options={
                    "excludeByName": {"Time": True},
                    "indexByName": {column.name: position for position, column in enumerate(columns)},
                    "renameByName": {column.name: column.title for column in columns},
                },
            )
        )
        .span(width)
        .height(height)
    )
    if empty:
        panel.no_value(empty)
    for column in columns:
        properties = []
        if column.unit:
            properties.append(models.DynamicConfigValue("unit", column.unit))
        if column.colours:
            colours = {
                value: models.ValueMappingResult(color=colour, index=position)
                for position, (value, colour) in enumerate(column.colours.items())
            }
            properties.append(models.DynamicConfigValue("mappings", [models.ValueMap(colours)]))
            properties.append(models.DynamicConfigValue("custom.cellOptions", {"type": "color-background"}))
        if properties:
            panel.override_by_name(column.title, properties)
    return panel


def logs(
    title: str, description: str, store: LogSource, query: LogQuery, *, width: int = _COLUMNS, height: int = 12
) -> Panel:
    """Log lines, the newest first; a click shows a line's fields and leads to its trace."""
    return (
        sdk.logs.Panel()
        .title(title)
        .description(description)
        .datasource(source(store.source))
        .with_target(log_lines(store, query))
        .show_time(True)
        .wrap_log_message(True)
        .enable_log_details(True)
        .sort_order(common_models.LogsSortOrder.DESCENDING)
        .span(width)
        .height(height)
    )


def traces_link(title: str, store: TraceSource, query: TraceQuery) -> sdk.dashboard.DashboardLink:
    """A link from a line to its traces, at the dashboard's time."""
    ref = store.source
    search = {"datasource": source(ref).to_json(), **store.explore_query(query)}
    time = {"from": "${__from}", "to": "${__to}"}
    panes = {"traces": {"datasource": ref.uid, "queries": [search], "range": time}}
    # Grafana puts values in place of ${…} only where it is not percent-encoded.
    encoded = quote(json.dumps(panes, separators=(",", ":")), safe="${}_.")
    return sdk.dashboard.DashboardLink(title).url(f"/explore?schemaVersion=1&orgId=1&panes={encoded}")


def finished(dashboard: models.Dashboard) -> dict[str, Any]:
    """The dashboard as JSON that Grafana gives back unchanged, with keys in order and no nulls.

    What the SDK leaves is set right: panels get ids, queries letters; links and annotations are where readers look
    for them, not in a menu; a legend that is laid out is shown; a panel has a field configuration.

    Raises:
        ValueError: when the dashboard has no usable uid or no title.
    """
    document: dict[str, Any] = _without_nulls(json.loads(json.dumps(dashboard, cls=sdk.JSONEncoder)))
    uid = document.get("uid", "")
    if not _UID.fullmatch(uid):
        raise ValueError(f"dashboard {document.get('title')!r}: the uid {uid!r} is not 1 to 40 of a-z A-Z 0-9 - _")
    if not document.get("title"):
        raise ValueError(f"dashboard {uid}: no title")
    document.pop("id", None)
    ids = count(1)
    for panel in document.get("panels", []):
        panel["id"] = next(ids)
        for nested in panel.get("panels", []):
            nested["id"] = next(ids)
    for panel in panels_of(document):
        _finish_panel(panel)
    for shown in (*document.get("links", []), *document.get("annotations", {}).get("list", [])):
        shown.pop("placement", None)
    result: dict[str, Any] = _sorted(document)
    return result


def _finish_panel(panel: dict[str, Any]) -> None:
    defaults = panel.setdefault("fieldConfig", {}).setdefault("defaults", {})
    panel["fieldConfig"].setdefault("overrides", [])
    for link in (*panel.get("links", []), *defaults.get("links", [])):
        link.pop("placement", None)
    legend = panel.get("options", {}).get("legend")
    if legend is not None:
        legend["showLegend"] = legend.get("displayMode") != "hidden"
    if "repeat" not in panel:
        panel.pop("repeatDirection", None)
    taken = {target.get("refId") for target in panel.get("targets", [])}
    letters = (letter for letter in ascii_uppercase if letter not in taken)
    for target in panel.get("targets", []):
        if "refId" not in target:
            target["refId"] = next(letters)


def _arranged(rows: Iterable[DashboardRow]) -> list[models.Panel | models.RowPanel]:
    """Positions on the grid. The SDK's own layout lets a panel that does not fit stick out on the right."""
    arranged: list[models.Panel | models.RowPanel] = []
    top = 0
    for row in rows:
        position = models.GridPos(h=1, w=_COLUMNS, x=0, y=top)
        heading = models.RowPanel(collapsed=row.collapsed, title=row.title, grid_pos=position, panels=[])
        panels, bottom = _flowed(row.panels, top + 1)
        arranged.append(heading)
        if row.collapsed:
            heading.panels = panels
            top += 1
        else:
            arranged.extend(panels)
            top = bottom
    return arranged


def _flowed(builders: Iterable[Panel], top: int) -> tuple[list[models.Panel], int]:
    panels: list[models.Panel] = []
    left, height = 0, 0
    for builder in builders:
        panel = builder.build()
        size = panel.grid_pos or models.GridPos()
        if left + size.w > _COLUMNS:
            left, top, height = 0, top + height, 0
        panel.grid_pos = models.GridPos(h=size.h, w=size.w, x=left, y=top)
        left, height = left + size.w, max(height, size.h)
        panels.append(panel)
    return panels, top + height


def _texts(texts: Mapping[str, str]) -> models.ValueMap:
    return models.ValueMap(
        {
            value: models.ValueMappingResult(text=text, index=position)
            for position, (value, text) in enumerate(texts.items())
        }
    )


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value if item is not None]
    return value


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [_sorted(item) for item in value]
    return value

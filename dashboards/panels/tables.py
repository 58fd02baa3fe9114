"""What is read line by line: tables and logs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dashboards import sdk
from dashboards.panels.frame import COLUMNS, Panel, framed
from dashboards.panels.lines import PanelLink
from dashboards.panels.values import Steps
from dashboards.panels.words import words
from dashboards.queries import log_lines
from dashboards.sdk import common_models, models
from dashboards.signals import LogQuery, LogSource

# Pixels of a column. By Grafana's own 150 a table of five in half a page would have to be scrolled sideways.
_NARROWEST = 60


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        name: the label it shows, `Value`, or of a table of several queries `Value #` and the query's name.
        title: its heading.
        unit: Grafana's unit of its values.
        colours: background by value.
        steps: background by the step that a number has reached.
        texts: words in place of values.
        decimals: digits after the point; default: as Grafana finds best.
        width: in pixels; default: its share of the table.
        link: where a click on a cell leads.
    """

    name: str
    title: str
    unit: str | None = None
    colours: Mapping[str, str] = field(default_factory=dict)
    steps: Steps = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    decimals: int | None = None
    width: int | None = None
    link: PanelLink | None = None


def table(
    title: str,
    description: str,
    query: sdk.prometheus.Dataquery | Mapping[str, sdk.prometheus.Dataquery],
    *,
    columns: Sequence[Column],
    sorted_by: str | None = None,
    empty: str | None = None,
    width: int = 12,
    height: int = 8,
) -> Panel:
    """The series of a `metrics_table` query as rows; of several queries, a row for each set of labels they share.

    Args:
        title: shown above it.
        description: what it means and what to do about it.
        query: its labels and value must be the columns; only the time is left out. Of several, each by its name.
        columns: in the order they are shown.
        sorted_by: title of the column of numbers whose largest are at the top.
        empty: what it says when there is no series; without it, that is a fault.
        width: of 24 columns.
        height: in Grafana's grid units.
    """
    queries = query if isinstance(query, Mapping) else {"": query}
    panel = (
        framed(sdk.table.Panel(), title, description, width=width, height=height, empty=empty)
        .targets([each.ref_id(name) if name else each for name, each in queries.items()])
        .min_width(_NARROWEST)
    )
    if len(queries) > 1:
        panel.with_transformation(models.DataTransformerConfig("merge", options={}))
    panel.with_transformation(
        models.DataTransformerConfig(
            "organize",
            options={
                "excludeByName": {"Time": True},
                "indexByName": {column.name: position for position, column in enumerate(columns)},
                "renameByName": {column.name: column.title for column in columns},
            },
        )
    )
    if sorted_by:
        panel.sort_by([sdk.common.TableSortByFieldState().display_name(sorted_by).desc(True)])
    for column in columns:
        properties = [models.DynamicConfigValue(name, value) for name, value in _properties(column).items()]
        if properties:
            panel.override_by_name(column.title, properties)
    return panel


def logs(
    title: str,
    description: str,
    store: LogSource,
    query: LogQuery,
    *,
    empty: str | None = None,
    width: int = COLUMNS,
    height: int = 12,
) -> Panel:
    """Log lines, the newest first; a click shows a line's fields and leads to its trace."""
    return (
        framed(sdk.logs.Panel(), title, description, width=width, height=height, empty=empty, ref=store.source)
        .with_target(log_lines(store, query))
        .show_time(True)
        .wrap_log_message(True)
        .enable_log_details(True)
        .sort_order(common_models.LogsSortOrder.DESCENDING)
    )


def _properties(column: Column) -> dict[str, Any]:
    """Grafana's properties of a column by their ids."""
    steps = [{"value": bound, "color": colour} for bound, colour in column.steps]
    found: dict[str, Any] = {
        "unit": column.unit,
        "decimals": column.decimals,
        "mappings": [words(column.texts, column.colours)] if column.texts or column.colours else None,
        "thresholds": {"mode": "absolute", "steps": steps} if steps else None,
        "color": {"mode": "thresholds"} if steps else None,
        "custom.cellOptions": {"type": "color-background" if column.colours or steps else "auto", "wrapText": True},
        "custom.width": column.width,
        "links": [column.link.build()] if column.link else None,
    }
    return {name: value for name, value in found.items() if value is not None}

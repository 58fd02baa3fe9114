"""A dashboard around its rows: where panels stand, what is chosen, what is marked, and where it leads."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from dataclasses import dataclass, replace
from typing import Protocol, Self, TypeVar

from catalog.alerts import THRESHOLD
from catalog.plan import MonitoringPlan
from dashboards import sdk
from dashboards.panels.colours import BAD
from dashboards.queries import source
from dashboards.sdk import common_models, models
from dashboards.signals import METRICS_SOURCE, SourceRef

Panel = sdk.Builder[models.Panel]
Condition = Callable[[MonitoringPlan], bool]

# Every dashboard carries it, and links to all that do.
TAG = "monitoring"
COLUMNS = 24
_LIMIT = re.compile(rf'{THRESHOLD}\{{[^}}]*\balert="(\w+)"')


class _Framed(Protocol):
    """What the builders of all types of panels have in common."""

    def title(self, title: str) -> Self: ...

    def description(self, description: str) -> Self: ...

    def datasource(self, datasource: common_models.DataSourceRef) -> Self: ...

    def span(self, w: int) -> Self: ...

    def height(self, h: int) -> Self: ...

    def no_value(self, no_value: str) -> Self: ...


_Drawn = TypeVar("_Drawn", bound=_Framed)


def framed(
    panel: _Drawn,
    title: str,
    description: str,
    *,
    width: int,
    height: int,
    empty: str | None = None,
    ref: SourceRef = METRICS_SOURCE,
) -> _Drawn:
    """The panel with what every one has.

    Args:
        panel: of any type.
        title: shown above it.
        description: what it means and what to do about it.
        width: of 24 columns.
        height: in Grafana's grid units.
        empty: what it says when there is nothing to show; without it, that is a fault.
        ref: whom it asks.
    """
    panel.title(title).description(description).datasource(source(ref)).span(width).height(height)
    return panel.no_value(empty) if empty else panel


@dataclass(frozen=True)
class DashboardRow:
    """A titled row of panels; they flow from left to right and wrap.

    Attributes:
        title: its heading.
        panels: some may be `only_where(…)`.
        collapsed: its queries are asked when somebody opens it.
    """

    title: str
    panels: tuple[Panel, ...]
    collapsed: bool = False


@dataclass(frozen=True)
class _Conditional(sdk.Builder[models.Panel]):
    panel: Panel
    condition: Condition

    def build(self) -> models.Panel:
        return self.panel.build()


def only_where(condition: Condition, *panels: Panel) -> tuple[Panel, ...]:
    """Panels that a stack has where the condition holds of its plan; elsewhere they would be empty for ever."""
    return tuple(_Conditional(panel, condition) for panel in panels)


@dataclass(frozen=True)
class Dashboard:
    """A dashboard before it is laid out for a stack.

    Attributes:
        head: everything but its panels.
        rows: its panels, also those that only some stacks have.
        off: alerts that are switched off. Their limits are no series: neither are queries of them, nor panels of such
            alone.
    """

    head: models.Dashboard
    rows: tuple[DashboardRow, ...]
    off: frozenset[str] = frozenset()

    def needed_by(self, plan: MonitoringPlan, off: frozenset[str]) -> Dashboard:
        """With the panels that a plan needs, whose alerts `off` are switched off."""
        rows = (replace(row, panels=tuple(panel for panel in row.panels if _needed(panel, plan))) for row in self.rows)
        return replace(self, rows=tuple(rows), off=off)

    def laid_out(self) -> models.Dashboard:
        """As the SDK has it, every panel in its place. A row that has none is left out."""
        rows = ((row, [panel for builder in row.panels for panel in _built(builder, self.off)]) for row in self.rows)
        laid_out = copy(self.head)
        laid_out.panels = _arranged((row, panels) for row, panels in rows if panels)
        return laid_out


def dashboard(
    uid: str,
    title: str,
    description: str,
    *,
    rows: Iterable[DashboardRow],
    variables: Iterable[sdk.Builder[models.VariableModel]] = (),
    annotations: Iterable[sdk.Builder[models.AnnotationQuery]] = (),
    time_from: str = "now-1h",
    refresh: str = "15s",
) -> Dashboard:
    """A dashboard of the last hour that reloads every 15 seconds and links to the others.

    It cannot be edited in Grafana: the next deployment would undo the edit.

    Args:
        uid: the name of its module.
        title: what readers look for it by.
        description: what it shows, in a sentence.
        rows: what is seen first stands first: health, golden signals, details, logs and traces.
        variables: what readers choose.
        annotations: what is marked on every time series.
        time_from: where its time begins when it is opened.
        refresh: how often it reloads, 10s to 30s.
    """
    head = (
        sdk.dashboard.Dashboard(title)
        .uid(uid)
        .description(description)
        .tags([TAG])
        .readonly()
        .time(time_from, "now")
        .refresh(refresh)
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
    return Dashboard(head, tuple(rows))


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


def annotation(
    name: str, query: sdk.prometheus.Dataquery, *, title: str, text: str, colour: str = BAD
) -> sdk.dashboard.AnnotationQuery:
    """An annotation on every time series where `query` has samples; `title` and `text` name labels as `{{label}}`."""
    return (
        sdk.dashboard.AnnotationQuery()
        .name(name)
        .datasource(source(METRICS_SOURCE))
        .enable(True)
        .icon_color(colour)
        .target(query.ref_id("annotation"))
        .title_format(title)
        .text_format(text)
    )


def _needed(panel: Panel, plan: MonitoringPlan) -> bool:
    return not isinstance(panel, _Conditional) or panel.condition(plan)


def _built(builder: Panel, off: frozenset[str]) -> Iterator[models.Panel]:
    """The panel without what compares with alerts that are off; nothing when it asks for nothing else."""
    # A builder gives the same object each time, and the next stack has a place and queries of its own for it.
    panel = copy(builder.build())
    if off and panel.targets:
        panel.targets = [target for target in panel.targets if not _compares(target, off)]
        if not panel.targets:
            return
    yield panel


def _compares(target: sdk.Dataquery, alerts: frozenset[str]) -> bool:
    return bool(alerts & {*_LIMIT.findall(getattr(target, "expr", ""))})


def _arranged(rows: Iterable[tuple[DashboardRow, list[models.Panel]]]) -> list[models.Panel | models.RowPanel]:
    """Positions on the grid. The SDK's own layout lets a panel that does not fit stick out on the right."""
    arranged: list[models.Panel | models.RowPanel] = []
    top = 0
    for row, needed in rows:
        position = models.GridPos(h=1, w=COLUMNS, x=0, y=top)
        heading = models.RowPanel(collapsed=row.collapsed, title=row.title, grid_pos=position, panels=[])
        panels, bottom = _flowed(needed, top + 1)
        arranged.append(heading)
        if row.collapsed:
            heading.panels = panels
            top += 1
        else:
            arranged.extend(panels)
            top = bottom
    return arranged


def _flowed(needed: Iterable[models.Panel], top: int) -> tuple[list[models.Panel], int]:
    """Panels in lines from left to right; the last of a line is as wide as there is room."""
    panels: list[models.Panel] = []
    left, height = 0, 0
    for panel in needed:
        size = panel.grid_pos or models.GridPos()
        if left + size.w > COLUMNS:
            _widen(panels, left)
            left, top, height = 0, top + height, 0
        panel.grid_pos = models.GridPos(h=size.h, w=size.w, x=left, y=top)
        left, height = left + size.w, max(height, size.h)
        panels.append(panel)
    _widen(panels, left)
    return panels, top + height


def _widen(panels: list[models.Panel], filled: int) -> None:
    if panels and (last := panels[-1].grid_pos):
        last.w += COLUMNS - filled

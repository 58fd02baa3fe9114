"""What changes over time: lines, states, and how a histogram's values are spread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict, Unpack

from dashboards import sdk
from dashboards.panels.colours import BAD
from dashboards.panels.frame import COLUMNS, Panel, framed
from dashboards.panels.words import state_words
from dashboards.sdk import common_models, heatmap_models, models

PanelLink = sdk.Builder[models.DashboardLink]

_THRESHOLD = "threshold"


class Lines(TypedDict, total=False):
    """What every panel of lines may say besides its queries; see `time_series`."""

    threshold: sdk.prometheus.Dataquery | None
    stacked: bool
    links: Sequence[PanelLink]
    empty: str | None
    width: int
    height: int


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
    empty: str | None = None,
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
        empty: what it says when there is nothing to draw; without it, that is a fault.
        width: of 24 columns.
        height: in Grafana's grid units.
    """
    panel = (
        framed(sdk.timeseries.Panel(), title, description, width=width, height=height, empty=empty)
        .targets([*queries, *([threshold.ref_id(_THRESHOLD)] if threshold else [])])
        .unit(unit)
        .min(0)
        .line_width(2)
        # Areas of thirty lines on each other hide the lines.
        .fill_opacity(30 if stacked else 0)
        .legend(_legend())
        .tooltip(
            sdk.common.VizTooltipOptions()
            .mode(common_models.TooltipDisplayMode.MULTI)
            .sort(common_models.SortOrder.DESCENDING)
        )
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


def rate(
    title: str,
    description: str,
    queries: Sequence[sdk.Builder[sdk.Dataquery]],
    *,
    unit: str = "reqps",
    **lines: Unpack[Lines],
) -> Panel:
    """How much happens per second: `reqps` requests, `ops` operations, `cps` counts, `Bps` bytes."""
    return time_series(title, description, queries, unit=unit, **lines)


def ratio(title: str, description: str, queries: Sequence[sdk.Builder[sdk.Dataquery]], **lines: Unpack[Lines]) -> Panel:
    """A share of a whole, 0 to 1, on an axis as high as it goes: errors are seen while they are few."""
    return time_series(title, description, queries, unit="percentunit", **lines)


def saturation(
    title: str, description: str, queries: Sequence[sdk.Builder[sdk.Dataquery]], **lines: Unpack[Lines]
) -> Panel:
    """How full something is, 0 to 1, on an axis up to 1: how much is left is seen too."""
    return time_series(title, description, queries, unit="percentunit", maximum=1, **lines)


def latency(
    title: str, description: str, queries: Sequence[sdk.Builder[sdk.Dataquery]], **lines: Unpack[Lines]
) -> Panel:
    """Seconds that something takes; a query with `exemplars` adds a dot for each example trace."""
    return time_series(title, description, queries, unit="s", **lines)


def heatmap(
    title: str,
    description: str,
    query: sdk.prometheus.Dataquery,
    *,
    unit: str,
    empty: str | None = None,
    width: int = 12,
    height: int = 8,
) -> Panel:
    """How many values fell into each bucket of a histogram over time: the darker, the more.

    Args:
        title: shown above it.
        description: what it means and what to do about it.
        query: of `metrics_heatmap`.
        unit: Grafana's unit of the buckets' bounds.
        empty: what it says when there is nothing to draw; without it, that is a fault.
        width: of 24 columns.
        height: in Grafana's grid units.
    """
    return (
        framed(sdk.heatmap.Panel(), title, description, width=width, height=height, empty=empty)
        .with_target(query)
        .calculate(False)
        .color(
            sdk.heatmap.HeatmapColorOptions()
            .mode(heatmap_models.HeatmapColorMode.SCHEME)
            # One hue: its steps differ in brightness, which everybody sees.
            .scheme("Blues")
            .steps(64)
        )
        .y_axis(sdk.heatmap.YAxisConfig().unit(unit))
        .cell_gap(1)
    )


def state_timeline(
    title: str,
    description: str,
    queries: Sequence[sdk.Builder[sdk.Dataquery]],
    *,
    states: Mapping[str, tuple[str, str]],
    links: Sequence[PanelLink] = (),
    empty: str | None = None,
    width: int = COLUMNS,
    height: int = 8,
) -> Panel:
    """A bar for each series, coloured by the state it was in: since when, and how often before.

    Args:
        title: shown above it.
        description: what it means and what to do about it.
        queries: what it shows.
        states: word and colour of each value, as `{"0": ("Down", BAD)}`.
        links: where a click on a bar leads.
        empty: what it says when there is nothing to draw; without it, that is a fault.
        width: of 24 columns.
        height: in Grafana's grid units.
    """
    panel = (
        framed(sdk.statetimeline.Panel(), title, description, width=width, height=height, empty=empty)
        .targets(list(queries))
        .mappings([state_words(states)])
        .show_value(common_models.VisibilityMode.NEVER)
        .merge_values(True)
        .row_height(0.8)
        .line_width(0)
        .fill_opacity(80)
        .legend(_legend())
    )
    if links:
        panel.data_links(list(links))
    return panel


def _legend() -> sdk.common.VizLegendOptions:
    return (
        sdk.common.VizLegendOptions()
        .display_mode(common_models.LegendDisplayMode.LIST)
        .placement(common_models.LegendPlacement.BOTTOM)
        .show_legend(True)
    )

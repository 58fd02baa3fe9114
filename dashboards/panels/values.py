"""What is so now: numbers and bars, each on the colour of the step it has reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dashboards import sdk
from dashboards.panels.frame import Panel, framed
from dashboards.panels.lines import PanelLink
from dashboards.panels.words import words
from dashboards.sdk import common_models, models

Steps = Sequence[tuple[float, str]]

_BAR_HEIGHT = 16
"""Pixels; the least that Grafana gives a bar."""


def stat(
    title: str,
    description: str,
    query: sdk.prometheus.Dataquery,
    *,
    unit: str,
    steps: Steps,
    texts: Mapping[str, str] | None = None,
    decimals: int | None = None,
    links: Sequence[PanelLink] = (),
    empty: str | None = None,
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
        links: where a click on a value leads.
        empty: what it says when there is no series; without it, that is a fault.
        width: of 24 columns.
        height: in Grafana's grid units.
    """
    panel = (
        framed(sdk.stat.Panel(), title, description, width=width, height=height, empty=empty)
        .with_target(query)
        .unit(unit)
        .color_scheme(sdk.dashboard.FieldColor().mode(models.FieldColorModeId.THRESHOLDS))
        .thresholds(_thresholds(steps))
        .reduce_options(sdk.common.ReduceDataOptions().calcs(["lastNotNull"]))
        .graph_mode(common_models.BigValueGraphMode.NONE)
        .color_mode(common_models.BigValueColorMode.BACKGROUND)
    )
    if texts:
        panel.mappings([words(texts)])
    if decimals is not None:
        panel.decimals(decimals)
    if links:
        panel.data_links(list(links))
    return panel


def bar_gauge(
    title: str,
    description: str,
    query: sdk.prometheus.Dataquery,
    *,
    unit: str,
    steps: Steps,
    maximum: float | None = None,
    decimals: int | None = None,
    links: Sequence[PanelLink] = (),
    empty: str | None = None,
    width: int = 12,
    height: int = 8,
) -> Panel:
    """A bar for each series, to compare them: ask with `topk` or `sort_desc`, the first is at the top.

    Args:
        title: shown above it.
        description: what it means and what to do about it.
        query: what it shows.
        unit: Grafana's unit of the values.
        steps: lower bound and colour of each step, rising; the first is for everything below the second.
        maximum: where a bar is full; default: the longest is.
        decimals: digits after the point; default: as Grafana finds best.
        links: where a click on a bar leads.
        empty: what it says when there is no series; without it, that is a fault.
        width: of 24 columns.
        height: in Grafana's grid units.
    """
    panel = (
        framed(sdk.bargauge.Panel(), title, description, width=width, height=height, empty=empty)
        .with_target(query)
        .unit(unit)
        .min(0)
        .color_scheme(sdk.dashboard.FieldColor().mode(models.FieldColorModeId.THRESHOLDS))
        .thresholds(_thresholds(steps))
        .reduce_options(sdk.common.ReduceDataOptions().calcs(["lastNotNull"]))
        .orientation(common_models.VizOrientation.HORIZONTAL)
        .display_mode(common_models.BarGaugeDisplayMode.BASIC)
        .show_unfilled(True)
        # In the colour of text: a number in yellow cannot be read on white.
        .value_mode(common_models.BarGaugeValueMode.TEXT)
        # One bar alone would be as high as the panel.
        .sizing(common_models.BarGaugeSizing.MANUAL)
        .min_viz_height(_BAR_HEIGHT)
        .max_viz_height(2 * _BAR_HEIGHT)
    )
    if maximum is not None:
        panel.max(maximum)
    if decimals is not None:
        panel.decimals(decimals)
    if links:
        panel.data_links(list(links))
    return panel


def _thresholds(steps: Steps) -> sdk.dashboard.ThresholdsConfig:
    # The first bound is a number although Grafana never reads it: the alternative would be a null.
    return (
        sdk.dashboard.ThresholdsConfig()
        .mode(models.ThresholdsMode.ABSOLUTE)
        .steps([models.Threshold(bound, colour) for bound, colour in steps])
    )

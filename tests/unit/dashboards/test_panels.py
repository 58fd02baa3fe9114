"""The house library: how panels look, where they stand, and what is set right of the SDK's JSON."""

from __future__ import annotations

import pytest

from catalog.plan import MonitoringPlan
from dashboards import sdk
from dashboards.applies import of_kinds
from dashboards.panels import GOOD, DashboardRow, dashboard, finished, only_where, stat, time_series
from dashboards.queries import metrics, metrics_now, panels_of
from dashboards.sdk import models
from tests.plans import plan_of
from tests.unit.dashboards.made import everything_in, line, small


def test_finishing_repairs_what_the_sdk_leaves() -> None:
    legend = sdk.common.VizLegendOptions()
    targets = [sdk.prometheus.Dataquery().expr(expr) for expr in ("a", "b")]
    panel = sdk.timeseries.Panel().title("Raw").targets([*targets]).legend(legend)
    raw = sdk.dashboard.Dashboard("Raw").uid("raw").with_row(sdk.dashboard.Row("Row")).with_panel(panel)
    raw.link(sdk.dashboard.DashboardLink("Link")).annotation(sdk.dashboard.AnnotationQuery().name("Marks"))
    document = finished(raw.build())
    assert [panel["id"] for panel in document["panels"]] == [1, 2]
    assert [target["refId"] for target in document["panels"][1]["targets"]] == ["A", "B"]
    assert document["panels"][1]["options"]["legend"]["showLegend"]
    assert document["panels"][1]["fieldConfig"]["overrides"] == []
    assert "placement" not in document["links"][0]
    assert "placement" not in document["annotations"]["list"][0]


def test_finishing_keeps_a_legend_hidden_that_was_hidden_on_purpose() -> None:
    legend = sdk.common.VizLegendOptions().display_mode(sdk.common_models.LegendDisplayMode.HIDDEN)
    panel = sdk.timeseries.Panel().title("Raw").legend(legend)
    raw = sdk.dashboard.Dashboard("Raw").uid("raw").with_panel(panel)
    assert not finished(raw.build())["panels"][0]["options"]["legend"]["showLegend"]


def test_finishing_removes_nulls() -> None:
    steps = sdk.dashboard.ThresholdsConfig().steps([models.Threshold(None, GOOD)])
    raw = sdk.dashboard.Dashboard("Raw").uid("raw").with_panel(sdk.stat.Panel().thresholds(steps))
    assert None not in list(everything_in(finished(raw.build())))


def test_finishing_does_not_change_its_input() -> None:
    built = small(line("A"))
    assert finished(built) == finished(built)


@pytest.mark.parametrize("uid", [None, "", "with space", "x" * 41])
def test_refuses_a_dashboard_without_a_usable_uid(uid: str | None) -> None:
    with pytest.raises(ValueError, match="uid"):
        finished(models.Dashboard(uid=uid, title="No uid"))


def test_panels_wrap_where_they_do_not_fit() -> None:
    document = finished(small(line("A", 16), line("B", 12), line("C", 12)))
    places = [(p["gridPos"]["x"], p["gridPos"]["y"]) for p in panels_of(document)]
    assert places == [(0, 1), (0, 9), (12, 9)]


def test_the_last_panel_of_a_line_takes_what_room_is_left() -> None:
    document = finished(small(line("A", 8), line("B", 8), line("C", 12)))
    assert [panel["gridPos"]["w"] for panel in panels_of(document)] == [8, 16, 24]


def test_a_stack_has_the_panels_and_rows_that_apply_to_it() -> None:
    redis = only_where(of_kinds("redis"), line("Keys"))
    rows = [DashboardRow("All", (line("A"), *redis)), DashboardRow("Redis", redis)]
    draft = dashboard("small", "Small", "For a test.", rows=rows)

    def titles(plan: MonitoringPlan | None) -> list[str]:
        return [panel["title"] for panel in finished(draft.laid_out(plan))["panels"]]

    cache = {"name": "cache", "kind": "redis", "target": "cache:6379"}
    assert titles(plan_of(cache)) == titles(None) == ["All", "A", "Keys", "Redis", "Keys"]
    assert titles(plan_of({"name": "api", "kind": "http", "target": "api:80"})) == ["All", "A"]


def test_a_collapsed_row_holds_its_panels() -> None:
    document = finished(small(line("A"), line("B"), collapsed=True))
    assert [panel["type"] for panel in document["panels"]] == ["row"]
    assert [panel["id"] for panel in panels_of(document)] == [2, 3]


def test_a_threshold_is_a_dashed_line_without_area() -> None:
    panel = time_series("A", "What it is.", [metrics("a", "")], unit="s", threshold=metrics("limit", "limit"))
    (document,) = panels_of(finished(small(panel)))
    (override,) = document["fieldConfig"]["overrides"]
    assert override["matcher"]["options"] == document["targets"][1]["refId"] == "threshold"
    properties = {item["id"]: item["value"] for item in override["properties"]}
    assert properties["custom.lineStyle"]["fill"] == "dash"
    assert properties["custom.fillOpacity"] == 0


def test_a_stat_takes_its_colour_from_its_steps() -> None:
    panel = stat("A", "What it is.", metrics_now("a", ""), unit="s", steps=((0, GOOD), (2, "red")))
    (document,) = panels_of(finished(small(panel)))
    defaults = document["fieldConfig"]["defaults"]
    assert defaults["color"]["mode"] == "thresholds"
    assert defaults["thresholds"]["steps"] == [{"color": GOOD, "value": 0}, {"color": "red", "value": 2}]

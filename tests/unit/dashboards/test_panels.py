"""The house library: how panels look, where they stand, and what is set right of the SDK's JSON."""

from __future__ import annotations

import pytest

from dashboards import sdk
from dashboards.applies import of_kinds
from dashboards.panels import (
    BAD,
    GOOD,
    Column,
    Dashboard,
    DashboardRow,
    bar_gauge,
    dashboard,
    dashboard_link,
    finished,
    heatmap,
    node_graph,
    only_where,
    stat,
    state_timeline,
    table,
    time_series,
)
from dashboards.queries import metrics, metrics_heatmap, metrics_now, metrics_table, panels_of
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

    def titles(needed: Dashboard) -> list[str]:
        return [panel["title"] for panel in finished(needed.laid_out())["panels"]]

    cache = {"name": "cache", "kind": "redis", "target": "cache:6379"}
    assert (
        titles(draft.needed_by(plan_of(cache), frozenset())) == titles(draft) == ["All", "A", "Keys", "Redis", "Keys"]
    )
    api = plan_of({"name": "api", "kind": "http", "target": "api:80"})
    assert titles(draft.needed_by(api, frozenset())) == ["All", "A"]


def test_how_a_stack_is_laid_out_does_not_depend_on_the_stacks_before_it() -> None:
    redis = only_where(of_kinds("redis"), line("Keys"))
    draft = dashboard("small", "Small", "For a test.", rows=[DashboardRow("All", (line("A"), *redis))])
    api = plan_of({"name": "api", "kind": "http", "target": "api:80"})
    first = finished(draft.laid_out())
    alone = finished(draft.needed_by(api, frozenset()).laid_out())
    assert alone["panels"][1]["gridPos"]["w"] == 24
    assert finished(draft.laid_out()) == first


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


def test_a_table_of_several_queries_has_a_row_for_what_they_share_and_the_largest_first() -> None:
    panel = table(
        "A",
        "What it is.",
        {"up": metrics_table("a"), "errors": metrics_table("b")},
        columns=(
            Column("service", "Service", link=dashboard_link("About it", "services", service="x")),
            Column("Value #up", "State", colours={"0": BAD}, texts={"0": "Down", "1": "Up"}),
            Column("Value #errors", "Errors", unit="percentunit", steps=((0, GOOD), (1, BAD))),
        ),
        sorted_by="Errors",
    )
    (document,) = panels_of(finished(small(panel)))
    assert [target["refId"] for target in document["targets"]] == ["up", "errors"]
    assert [step["id"] for step in document["transformations"]] == ["merge", "organize"]
    assert document["options"]["sortBy"] == [{"desc": True, "displayName": "Errors"}]
    service, state, errors = (
        {item["id"]: item["value"] for item in override["properties"]}
        for override in document["fieldConfig"]["overrides"]
    )
    assert service["links"][0]["url"].startswith("/d/services/services?")
    assert state["mappings"][0]["options"] == {
        "0": {"color": BAD, "index": 0, "text": "Down"},
        "1": {"index": 1, "text": "Up"},
    }
    assert errors["thresholds"]["steps"] == [{"color": GOOD, "value": 0}, {"color": BAD, "value": 1}]
    assert errors["custom.cellOptions"] == {"type": "color-background", "wrapText": True}


def test_a_state_has_its_word_and_its_colour() -> None:
    panel = state_timeline("A", "What it is.", [metrics("a", "")], states={"0": ("Down", BAD), "1": ("Up", GOOD)})
    (document,) = panels_of(finished(small(panel)))
    (mapping,) = document["fieldConfig"]["defaults"]["mappings"]
    assert {value: (word["text"], word["color"]) for value, word in mapping["options"].items()} == {
        "0": ("Down", BAD),
        "1": ("Up", GOOD),
    }


def test_a_heatmap_takes_the_buckets_as_they_are() -> None:
    panel = heatmap("A", "What it is.", metrics_heatmap("sum by (le) (a)"), unit="s")
    (document,) = panels_of(finished(small(panel)))
    assert document["targets"][0]["format"] == "heatmap"
    assert not document["options"]["calculate"]
    assert document["options"]["yAxis"]["unit"] == "s"


def test_bars_are_compared_on_one_scale() -> None:
    panel = bar_gauge("A", "What it is.", metrics_now("a", ""), unit="percentunit", steps=((0, GOOD),), maximum=1)
    (document,) = panels_of(finished(small(panel)))
    assert (document["fieldConfig"]["defaults"]["min"], document["fieldConfig"]["defaults"]["max"]) == (0, 1)
    assert document["options"]["orientation"] == "horizontal"


def test_the_number_beside_a_bar_can_be_read_and_one_bar_does_not_fill_its_panel() -> None:
    panel = bar_gauge("A", "What it is.", metrics_now("a", ""), unit="percentunit", steps=((0, GOOD),))
    (document,) = panels_of(finished(small(panel)))
    options = document["options"]
    assert (options["valueMode"], options["sizing"], options["maxVizHeight"]) == ("text", "manual", 32)


def test_lines_have_no_area_below_them_which_would_hide_others_but_parts_of_a_whole_do() -> None:
    lines, parts = (
        time_series("A", "What it is.", [metrics("a", "")], unit="none", stacked=stacked) for stacked in (False, True)
    )
    documents = panels_of(finished(small(lines, parts)))
    assert [one["fieldConfig"]["defaults"]["custom"]["fillOpacity"] for one in documents] == [0, 30]


def test_a_link_to_a_dashboard_keeps_the_time_and_chooses() -> None:
    link = dashboard_link("About it", "services", service="${__field.labels.service}")
    assert link.build().url == "/d/services/services?${__url_time_range}&var-service=${__field.labels.service}"


def test_a_graph_has_the_columns_that_grafana_reads() -> None:
    panel = node_graph("A", "What it is.", metrics_table("a"), metrics_table("b"), states={"0": ("Down", BAD)})
    (document,) = panels_of(finished(small(panel)))
    assert [target["refId"] for target in document["targets"]] == ["nodes", "edges"]
    assert document["transformations"][0]["options"]["renameByName"] == {"Value #nodes": "mainstat"}
    assert document["fieldConfig"]["defaults"]["mappings"][0]["options"]["0"]["text"] == "Down"

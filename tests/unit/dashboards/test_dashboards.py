"""Every dashboard is complete, reproducible, and asks only for data that the stack has."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from dashboards import all_dashboards, sdk
from dashboards.datasources import PROMETHEUS_UID, datasources
from dashboards.panels import GOOD, Panel, Row, dashboard, finished, stat, time_series
from dashboards.queries import Query, executable_queries, metrics, metrics_now, panels_of, source
from dashboards.sdk import models
from tests.proof import expressions

_ROOT = Path(__file__).resolve().parents[3]
_VALUES = {"service": "memory-api|memory-db"}
_RECORDED = re.compile(r"\bservice:\w+:\w+")
_BRACKETS = {"(": ")", "[": "]", "{": "}"}

every_dashboard = pytest.mark.parametrize("document", all_dashboards().values(), ids=all_dashboards())


def _everything_in(value: Any) -> Iterator[Any]:
    yield value
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _everything_in(item)


def _objects_in(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (value for value in _everything_in(document) if isinstance(value, dict))


def _recorded_names() -> set[str]:
    return {name for name, _ in expressions()}


def _is_balanced(expr: str) -> bool:
    awaited: list[str] = []
    for character in re.sub(r'"(?:[^"\\]|\\.)*"', "", expr):
        if character in _BRACKETS:
            awaited.append(_BRACKETS[character])
        elif character in {*_BRACKETS.values(), '"'} and (not awaited or awaited.pop() != character):
            return False
    return not awaited


def test_services_is_where_alerts_link_to() -> None:
    assert all_dashboards()["services"]["title"] == "Services"
    assert [v["name"] for v in all_dashboards()["services"]["templating"]["list"]] == ["service"]


@every_dashboard
def test_has_what_a_dashboard_needs(document: dict[str, Any]) -> None:
    assert all_dashboards()[document["uid"]] is document
    assert document["title"]
    assert document["description"]
    assert document["refresh"] == "15s"
    assert document["time"] == {"from": "now-1h", "to": "now"}
    assert "id" not in document


@every_dashboard
def test_ids_are_unique(document: dict[str, Any]) -> None:
    panels = [*panels_of(document), *(panel for panel in document["panels"] if panel["type"] == "row")]
    assert sorted(panel["id"] for panel in panels) == list(range(1, len(panels) + 1))
    for panel in panels_of(document):
        letters = [target["refId"] for target in panel["targets"]]
        assert len(set(letters)) == len(letters) > 0, panel["title"]


@every_dashboard
def test_is_sorted_and_has_no_nulls(document: dict[str, Any]) -> None:
    assert json.dumps(document) == json.dumps(document, sort_keys=True)
    assert not [value for value in _everything_in(document) if value is None]


@every_dashboard
def test_every_panel_is_explained_and_titled_once(document: dict[str, Any]) -> None:
    for panel in panels_of(document):
        assert panel["title"]
        assert panel.get("description", "").endswith("."), panel["title"]
    titles = [panel["title"] for panel in panels_of(document)]
    assert len(set(titles)) == len(titles)


@every_dashboard
def test_names_only_pinned_data_sources(document: dict[str, Any]) -> None:
    pinned = {source.uid: source.type for source in datasources()}
    for panel in panels_of(document):
        assert "datasource" in panel, panel["title"]
    for value in _objects_in(document):
        assert "expr" not in value or "datasource" in value, value
        if "datasource" in value:
            assert pinned[value["datasource"]["uid"]] == value["datasource"]["type"]


@every_dashboard
def test_shows_legends_links_and_marks(document: dict[str, Any]) -> None:
    for value in _objects_in(document):
        assert value.get("placement") != "inControlsMenu"
        assert value.get("showLegend", True)


@every_dashboard
def test_panels_fit_the_grid_and_do_not_overlap(document: dict[str, Any]) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in document["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24, panel["title"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells


@every_dashboard
def test_recorded_series_are_those_of_the_catalog(document: dict[str, Any]) -> None:
    for query in executable_queries(document, _VALUES):
        assert set(_RECORDED.findall(query.expr)) <= _recorded_names(), query.where


@every_dashboard
def test_queries_can_be_executed(document: dict[str, Any]) -> None:
    queries = executable_queries(document, _VALUES)
    assert {query.datasource for query in queries} <= {source.uid for source in datasources()}
    for query in queries:
        assert "$" not in query.expr, query.where
        assert _is_balanced(query.expr), query.where
        assert not query.expr.startswith("label_values"), query.where


def test_every_service_query_follows_the_choice_of_services() -> None:
    queries = executable_queries(all_dashboards()["services"], {"service": "the-chosen-one"})
    assert [query.where for query in queries if "the-chosen-one" not in query.expr] == ["services: variable service"]


def test_exemplars_are_asked_of_raw_buckets_only() -> None:
    """A recorded series has none, so asking for them would show nothing, for ever."""
    queries = executable_queries(all_dashboards()["services"], _VALUES)
    exemplars = [query.expr for query in queries if query.exemplars]
    assert exemplars
    assert all("_bucket" in expr and not _RECORDED.search(expr) for expr in exemplars)


def test_trace_links_survive_percent_encoding() -> None:
    (panel,) = (p for p in panels_of(all_dashboards()["services"]) if p["title"] == "Latency")
    (link,) = panel["fieldConfig"]["defaults"]["links"]
    # What Grafana puts in place of its variables before the browser gets the address.
    url = link["url"].replace("${__field.labels.service}", "memory-api").replace("${__from}", "1")
    address = urlsplit(url.replace("${__to}", "2"))
    (panes,) = parse_qs(address.query)["panes"]
    (query,) = json.loads(panes)["traces"]["queries"]
    assert query["query"] == '{resource.service.name="memory-api"}'
    assert "$" not in panes


def test_two_builds_are_equal() -> None:
    program = "import json, dashboards; print(json.dumps(dashboards.all_dashboards()))"
    builds = [
        subprocess.run(
            [sys.executable, "-W", "error", "-c", program],
            cwd=_ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert builds[0] == builds[1]
    assert json.loads(builds[0]) == all_dashboards()


def _small(*panels: Panel, collapsed: bool = False) -> models.Dashboard:
    return dashboard("small", "Small", "For a test.", rows=[Row("Row", panels, collapsed)])


def _line(title: str, width: int = 12, expr: str = "up") -> Panel:
    return time_series(title, "What it is.", [metrics(expr, "{{service}}")], unit="s", width=width)


class TestFinished:
    def test_repairs_what_the_sdk_leaves(self) -> None:
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

    def test_keeps_a_legend_hidden_that_was_hidden_on_purpose(self) -> None:
        legend = sdk.common.VizLegendOptions().display_mode(sdk.common_models.LegendDisplayMode.HIDDEN)
        panel = sdk.timeseries.Panel().title("Raw").legend(legend)
        raw = sdk.dashboard.Dashboard("Raw").uid("raw").with_panel(panel)
        assert not finished(raw.build())["panels"][0]["options"]["legend"]["showLegend"]

    def test_removes_nulls(self) -> None:
        steps = sdk.dashboard.ThresholdsConfig().steps([models.Threshold(None, GOOD)])
        raw = sdk.dashboard.Dashboard("Raw").uid("raw").with_panel(sdk.stat.Panel().thresholds(steps))
        assert None not in list(_everything_in(finished(raw.build())))

    def test_does_not_change_its_input(self) -> None:
        built = _small(_line("A"))
        assert finished(built) == finished(built)

    @pytest.mark.parametrize("uid", [None, "", "with space", "x" * 41])
    def test_refuses_a_dashboard_without_a_usable_uid(self, uid: str | None) -> None:
        with pytest.raises(ValueError, match="uid"):
            finished(models.Dashboard(uid=uid, title="No uid"))


class TestLayout:
    def test_panels_wrap_where_they_do_not_fit(self) -> None:
        document = finished(_small(_line("A", 16), _line("B", 12), _line("C", 12)))
        places = [(p["gridPos"]["x"], p["gridPos"]["y"]) for p in panels_of(document)]
        assert places == [(0, 1), (0, 9), (12, 9)]

    def test_a_collapsed_row_holds_its_panels(self) -> None:
        document = finished(_small(_line("A"), _line("B"), collapsed=True))
        assert [panel["type"] for panel in document["panels"]] == ["row"]
        assert [panel["id"] for panel in panels_of(document)] == [2, 3]


class TestPanels:
    def test_a_threshold_is_a_dashed_line_without_area(self) -> None:
        panel = time_series("A", "What it is.", [metrics("a", "")], unit="s", threshold=metrics("limit", "limit"))
        (document,) = panels_of(finished(_small(panel)))
        (override,) = document["fieldConfig"]["overrides"]
        assert override["matcher"]["options"] == document["targets"][1]["refId"] == "threshold"
        properties = {item["id"]: item["value"] for item in override["properties"]}
        assert properties["custom.lineStyle"]["fill"] == "dash"
        assert properties["custom.fillOpacity"] == 0

    def test_a_stat_takes_its_colour_from_its_steps(self) -> None:
        panel = stat("A", "What it is.", metrics_now("a", ""), unit="s", steps=((0, GOOD), (2, "red")))
        (document,) = panels_of(finished(_small(panel)))
        defaults = document["fieldConfig"]["defaults"]
        assert defaults["color"]["mode"] == "thresholds"
        assert defaults["thresholds"]["steps"] == [{"color": GOOD, "value": 0}, {"color": "red", "value": 2}]


class TestExecutableQueries:
    def test_variables_are_replaced_in_every_form(self) -> None:
        expr = 'a{b=~"$service", c=~"${service:regex}", d=~"x$"}[$__rate_interval]'
        (query,) = executable_queries(finished(_small(_line("A", expr=expr))), {"service": "s"})
        assert query == Query(
            "small: A", PROMETHEUS_UID, 'a{b=~"s", c=~"s", d=~"x$"}[1m]', instant=False, exemplars=False
        )

    def test_a_variable_without_a_value_is_named(self) -> None:
        with pytest.raises(ValueError, match=r"small: A: no value for the variable service"):
            executable_queries(finished(_small(_line("A", expr='a{b="$service"}'))), {})

    def test_panels_of_collapsed_rows_count(self) -> None:
        document = finished(_small(_line("A"), collapsed=True))
        assert [query.where for query in executable_queries(document, {})] == ["small: A"]

    def test_only_queries_for_alerts_may_be_empty(self) -> None:
        queries = executable_queries(all_dashboards()["services"], _VALUES)
        assert {query.where for query in queries if query.may_be_empty} == {
            "services: annotation Firing alerts",
            "services: Alerts firing",
            "services: Firing alerts",
        }

    def test_a_data_source_that_does_not_exist_is_refused(self) -> None:
        with pytest.raises(LookupError, match="elsewhere"):
            source("elsewhere")

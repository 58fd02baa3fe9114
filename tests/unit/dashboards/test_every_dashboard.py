"""Every dashboard is complete, reproducible, and asks only for data that the stack has."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from catalog import kinds
from components.grafana_sources import datasources
from components.stores import log_stores, trace_stores
from components.stores.store import Stores
from dashboards import all_dashboards, dashboards_of
from dashboards.queries import executable_queries, panels_of
from tests.plans import configuration, plan_of, settings_of
from tests.proof import expressions
from tests.unit.dashboards.made import everything_in

API: dict[str, object] = {"name": "api", "kind": "http", "target": "api:80"}
VALUES = {"service": "memory-api|memory-db"}
RECORDED = re.compile(r"\bservice:\w+(?::\w+)?")
PAIRS = [Stores(logs, traces) for logs in log_stores() for traces in trace_stores()]
STORES = PAIRS[0]
_BRACKETS = {"(": ")", "[": "]", "{": "}"}

# Each dashboard with each pair of stores.
every_dashboard = pytest.mark.parametrize(
    ("stores", "document"),
    [
        pytest.param(stores, document, id=f"{uid}-{stores.logs.name}-{stores.traces.name}")
        for stores in PAIRS
        for uid, document in all_dashboards(stores).items()
    ],
)


def _objects_in(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (value for value in everything_in(document) if isinstance(value, dict))


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


@every_dashboard
def test_has_what_a_dashboard_needs(stores: Stores, document: dict[str, Any]) -> None:
    assert all_dashboards(stores)[document["uid"]] is document
    assert document["title"]
    assert document["description"]
    assert document["refresh"] == "15s"
    assert document["time"] == {"from": "now-1h", "to": "now"}
    assert "id" not in document


@every_dashboard
def test_ids_are_unique(stores: Stores, document: dict[str, Any]) -> None:
    panels = [*panels_of(document), *(panel for panel in document["panels"] if panel["type"] == "row")]
    assert sorted(panel["id"] for panel in panels) == list(range(1, len(panels) + 1))
    for panel in panels_of(document):
        letters = [target["refId"] for target in panel["targets"]]
        assert len(set(letters)) == len(letters) > 0, panel["title"]


@every_dashboard
def test_is_sorted_and_has_no_nulls(stores: Stores, document: dict[str, Any]) -> None:
    assert json.dumps(document) == json.dumps(document, sort_keys=True)
    assert not [value for value in everything_in(document) if value is None]


@every_dashboard
def test_every_panel_is_explained_and_titled_once(stores: Stores, document: dict[str, Any]) -> None:
    for panel in panels_of(document):
        assert panel["title"]
        assert panel.get("description", "").endswith("."), panel["title"]
    titles = [panel["title"] for panel in panels_of(document)]
    assert len(set(titles)) == len(titles)


@every_dashboard
def test_names_only_pinned_data_sources(stores: Stores, document: dict[str, Any]) -> None:
    pinned = {source.ref.uid: source.ref.type for source in datasources(settings_of(configuration(API)), stores)}
    for panel in panels_of(document):
        assert "datasource" in panel, panel["title"]
    for value in _objects_in(document):
        assert "expr" not in value or "datasource" in value, value
        if "datasource" in value:
            assert pinned[value["datasource"]["uid"]] == value["datasource"]["type"]


@every_dashboard
def test_shows_legends_links_and_marks(stores: Stores, document: dict[str, Any]) -> None:
    for value in _objects_in(document):
        assert value.get("placement") != "inControlsMenu"
        assert value.get("showLegend", True)


@every_dashboard
def test_panels_fit_the_grid_and_do_not_overlap(stores: Stores, document: dict[str, Any]) -> None:
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
def test_recorded_series_are_those_of_the_catalog(stores: Stores, document: dict[str, Any]) -> None:
    for query in executable_queries(document, VALUES):
        assert set(RECORDED.findall(query.expr)) <= _recorded_names(), query.where


@every_dashboard
def test_queries_can_be_executed(stores: Stores, document: dict[str, Any]) -> None:
    queries = executable_queries(document, VALUES)
    assert {query.datasource for query in queries} <= {
        source.ref.uid for source in datasources(settings_of(configuration(API)), stores)
    }
    for query in queries:
        assert "$" not in query.expr, query.where
        assert _is_balanced(query.expr), query.where
        assert not query.expr.startswith("label_values"), query.where


@every_dashboard
def test_every_query_follows_the_choice_of_services(stores: Stores, document: dict[str, Any]) -> None:
    queries = executable_queries(document, {"service": "the-chosen-one"})
    unaffected = [query.where for query in queries if "the-chosen-one" not in query.expr]
    assert unaffected == [f"{document['uid']}: variable service"]


def test_every_dashboard_belongs_to_a_kind_or_to_every_stack() -> None:
    used = {name for kind in kinds().values() for name in kind.dashboards}
    assert set(all_dashboards(STORES)) == used | set(plan_of(API).dashboards)


def test_a_plan_has_the_dashboards_of_its_kinds_and_those_of_every_stack() -> None:
    assert list(dashboards_of(plan_of(API), STORES)) == ["services"]
    cache: dict[str, object] = {"name": "cache", "kind": "redis", "target": "cache:6379"}
    every = all_dashboards(STORES)
    assert dashboards_of(plan_of(cache, API), STORES) == {name: every[name] for name in ("redis", "services")}


def test_a_dashboard_that_there_is_not_is_named() -> None:
    with pytest.raises(LookupError, match=r"no dashboard kettles; there are .*, services"):
        dashboards_of(replace(plan_of(API), dashboards=("kettles", "services")), STORES)

"""Rows about dashboards: each query is asked as Grafana asks it, and what has no data is named."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

from dashboards import dashboards_of
from dashboards.queries import executable_queries
from operations.verify.checks import dashboards
from operations.verify.panels import Panels, busy
from operations.verify.rows import Row
from tests.unit.operations.verify.world import SERVICES, World, declare, world_of

# The panel of the demo's requests, and what it reads.
PANEL, METRIC = "services: Requests", "service:http_requests:rate5m"


def rows(world: World) -> dict[str, Row]:
    with httpx.Client(transport=world.transport) as http:
        (check,) = dashboards.checks(world.live(http))
        return {row.name: row for row in check.run()}


def count(world: World, part: str) -> int:
    found = re.search(rf"{part} (\d+)", rows(world)["dashboards"].detail)
    assert found
    return int(found[1])


def test_every_query_of_every_dashboard_is_counted_and_the_slowest_is_named(world: World) -> None:
    declared = world.declared
    documents = dashboards_of(declared.program.plan, world.live(httpx.Client()).stores)
    number = sum(
        len(executable_queries(document, {found["name"]: "a" for found in document["templating"]["list"]}))
        for document in documents.values()
    )
    found = rows(world)
    assert found.keys() == {*(f"dashboard {uid}" for uid in documents), "dashboards"}
    assert {row.status for row in found.values()} == {"passed"}
    assert found["dashboards"].detail.startswith(f"dashboards {len(documents)}, queries {number}, with data ")
    assert re.search(r"errors 0, without data 0, .*; slowest \w+: .+, \d\.\d\d s$", found["dashboards"].detail)


def test_a_metric_of_the_demo_that_was_renamed_fails_with_dashboard_panel_and_query(world: World) -> None:
    world.without_data = {METRIC}
    found = rows(world)
    assert (found["dashboard services"].status, found["dashboards"].status) == ("failed", "failed")
    assert f"{PANEL}: no data ({METRIC}{{" in found["dashboard services"].detail
    assert "memory-api" in found["dashboard services"].detail
    # Not what nobody renamed.
    assert found["dashboard postgres"].status == "passed"
    assert count(world, "without data") >= 1


def test_a_query_that_is_refused_is_an_error(world: World) -> None:
    world.refused_queries = {METRIC}
    detail = rows(world)["dashboard services"].detail
    assert f"{PANEL}: prometheus answers 400 to /api/v1/query_range" in detail
    assert count(world, "errors") >= 1


def test_what_only_a_fault_shows_may_be_empty(world: World) -> None:
    world.without_data = {"ALERTS"}
    assert rows(world)["dashboard services"].status == "passed"
    assert count(world, "of faults only") >= 1


def test_a_service_that_is_nobodys_demo_may_have_had_nothing_to_do(tmp_path: Path) -> None:
    services = [{"name": "web", "kind": "fastapi", "target": "web:8000"}]
    world = world_of(declare(tmp_path, services=services, demo={"enabled": False}))
    world.without_data = {METRIC}
    row = rows(world)["dashboard services"]
    assert (row.status, f"nothing has happened yet for {PANEL}" in row.detail) == ("passed", True)


def test_a_service_that_was_measured_before_and_is_not_any_more_fails(tmp_path: Path) -> None:
    services = [{"name": "web", "kind": "fastapi", "target": "web:8000"}]
    world = world_of(declare(tmp_path, services=services, demo={"enabled": False}))
    world.stopped = {METRIC}
    assert f"{PANEL}: no data any more ({METRIC}{{" in rows(world)["dashboard services"].detail


def test_what_has_data_is_not_asked_again_and_the_rest_is(world: World) -> None:
    asked: list[str] = []
    world.without_data = {METRIC}

    def noting(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.params.get("query", ""))
        return world.transport.handle_request(request)

    with httpx.Client(transport=httpx.MockTransport(noting)) as http:
        (check,) = dashboards.checks(world.live(http))
        assert {row.status for row in check.run()} == {"failed", "passed"}
        asked.clear()
        world.without_data = set()
        assert {row.status for row in check.run()} == {"passed"}
    of_panels = [query for query in asked if not query.startswith(("group by (", "min(prometheus_tsdb"))]
    assert of_panels
    assert all(METRIC in query for query in of_panels)


@pytest.mark.parametrize(("age", "problem"), [(3600, False), (2 * 86_400, True)])
def test_what_compares_with_a_day_before_needs_a_day(world: World, age: float, problem: bool) -> None:
    world.age, world.without_data = age, {"offset"}
    target = {"expr": "sum(a) / sum(a offset 1d)", "datasource": {"uid": "prometheus"}}
    panel = {"id": 1, "type": "timeseries", "title": "Than yesterday", "fieldConfig": {"defaults": {}}}
    document = {"uid": "made", "panels": [{**panel, "targets": [target]}]}
    with httpx.Client(transport=world.transport) as http:
        (result,) = Panels(world.live(http)).results({"made": document})["made"]
    assert bool(result.problem) == problem


def test_busy_are_the_demos_own_services_and_what_is_measured_by_way_of_them(tmp_path: Path) -> None:
    web = {"name": "web", "kind": "fastapi", "target": "web:8000"}
    others = [{"name": f"{name}-queries", "kind": "queries", "metrics_from": name} for name in ("memory-api", "web")]
    services = [*SERVICES, web, *others]
    folders = [tmp_path / "with", tmp_path / "without"]
    for folder in folders:
        folder.mkdir()
    settings = declare(folders[0], services=services).settings
    assert busy(settings) == {*(str(service["name"]) for service in SERVICES), "memory-api-queries"}
    quiet = declare(folders[1], services=[web], demo={"enabled": False}).settings
    assert busy(quiet) == set()

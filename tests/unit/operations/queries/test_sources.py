"""Queries of dashboards reach the store that they name, as Grafana asks it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest

from components.endpoints import Endpoint
from components.stores.panel import Window
from dashboards.queries import Query
from operations.queries.sources import Sources
from runtimes.health import Exposure, NoAnswerError, WorkloadHealth
from tests.plans import program_of

WINDOW = Window(1000.0, 4600.0, 15.0)
LINE = {"status": "success", "data": {"resultType": "matrix", "result": [{"metric": {}, "values": [[1, "2"]]}]}}


@dataclass
class Told:
    """An API that answers everything alike, and keeps what it was asked."""

    answer: str
    asked: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        return json.loads(self.text(path, params))

    def text(self, path: str, params: Mapping[str, str] | None = None) -> str:
        self.asked.append((path, params or {}))
        return self.answer

    def send(self, method: Literal["POST", "DELETE"], path: str, document: object = None) -> str:
        raise AssertionError("a query sends nothing")


@dataclass
class Stack:
    """A runtime whose every program answers alike."""

    told: Told
    endpoints: list[str] = field(default_factory=list)
    confinement: str = ""

    def api(self, endpoint: Endpoint) -> Told:
        self.endpoints.append(endpoint.workload)
        return self.told

    def require_up(self, workloads: object) -> None: ...

    def workloads(self, names: object) -> Mapping[str, WorkloadHealth]:
        return {}

    def exposure(self) -> Exposure:
        return Exposure("", ())

    def unread_logs(self) -> tuple[str, ...]:
        return ()

    def address(self, endpoint: Endpoint) -> str:
        return ""

    def password(self, workload: str, file: str) -> str:
        return ""

    def logs(self, workload: str) -> str:
        return ""


def asked(answer: object, source: str = "built", **target: object) -> tuple[Stack, Any]:
    """What a stack was asked for a target, and what came of it."""
    text = answer if isinstance(answer, str) else json.dumps(answer)
    stack = Stack(Told(text))
    settings = program_of("dev", images={"source": source}).settings
    uid = str(target.pop("uid"))
    query = Query("test: panel", {"datasource": {"uid": uid, "type": uid}, "refId": "A", **target}, 1)
    return stack, Sources(settings, stack).ask(query, WINDOW)


def test_a_line_is_asked_over_the_window_and_a_moment_at_its_end() -> None:
    stack, answer = asked(LINE, uid="prometheus", expr="up")
    assert stack.told.asked == [
        ("/api/v1/query_range", {"query": "up", "start": "1000.0", "end": "4600.0", "step": "15.0"})
    ]
    assert (answer.document, answer.count, answer.exemplars) == (LINE, 1, None)
    stack, _ = asked(LINE, uid="prometheus", expr="up", instant=True)
    assert stack.told.asked == [("/api/v1/query", {"query": "up", "time": "4600.0"})]


def test_series_of_which_nothing_is_a_number_are_no_data() -> None:
    result = [{"metric": {}, "value": [1, "NaN"]}, {"metric": {}, "value": [1, "0"]}]
    document = {"data": {"resultType": "vector", "result": result}}
    assert asked(document, uid="prometheus", expr="up", instant=True)[1].count == 1


def test_exemplars_are_asked_for_where_a_panel_shows_them() -> None:
    stack, answer = asked(LINE, uid="prometheus", expr="up", exemplar=True)
    assert [path for path, _ in stack.told.asked] == ["/api/v1/query_range", "/api/v1/query_exemplars"]
    assert answer.exemplars == LINE


def test_lines_and_traces_are_asked_of_the_stores_that_the_stack_has() -> None:
    stack, answer = asked('{"_msg":"a"}\n{"_msg":"b"}\n', uid="victorialogs", expr="*", maxLines=5)
    assert (stack.endpoints, answer.count) == (["victorialogs"], 2)
    assert stack.told.asked[0][1]["limit"] == "5"
    stack, answer = asked({"data": [{}]}, uid="jaeger", queryType="search", service="shop")
    assert (stack.endpoints, answer.count) == (["jaeger"], 1)
    stack, answer = asked({"data": {"result": []}}, "registry", uid="loki", expr="{}")
    assert (stack.endpoints, answer.count) == (["loki"], 0)
    stack, answer = asked({"traces": None}, "registry", uid="tempo", query="{}")
    assert (stack.endpoints, answer.count) == (["tempo"], 0)


def test_a_data_source_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(NoAnswerError, match=r"test: panel: no data source 'loki'.*prometheus, victorialogs, jaeger"):
        asked(LINE, uid="loki", expr="up")

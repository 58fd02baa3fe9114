"""The row about stored traces: the same with each store."""

from __future__ import annotations

import pytest

from operations.verify.checks.spans import checks
from operations.verify.rows import not_yet, passed, skipped
from tests.unit.operations.verify.answers import stack_with
from tests.unit.operations.verify.world import World

ROW = "traces memory-api"
ID = "e1f8f864558df3f380a3a5083dca03f4"
_SPANS = """{"resourceSpans":[
{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"memory-traffic"}}]},
"scopeSpans":[{"spans":[{}]}]},
{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"%s"}}]},
"scopeSpans":[{"spans":[{},{}]}]}]}"""
EACH = pytest.mark.parametrize(
    ("store", "title", "search", "found", "nothing", "trace", "spans"),
    [
        pytest.param(
            *("jaeger", "Jaeger", "/api/traces", f'{{"data":[{{"traceID":"{ID}"}}]}}', '{"data":[]}'),
            *(f"/api/v3/traces/{ID}", f'{{"result":{_SPANS}}}'),
            id="jaeger",
        ),
        pytest.param(
            *("tempo", "Tempo", "/api/search", f'{{"traces":[{{"traceID":"{ID}"}}]}}', "{}"),
            *(f"/api/v2/traces/{ID}", f'{{"trace":{_SPANS}}}'),
            id="tempo",
        ),
    ],
)


@EACH
def test_a_stored_trace_passes_with_what_is_in_it(
    store: str, title: str, search: str, found: str, nothing: str, trace: str, spans: str
) -> None:
    asked = stack_with("loki", store, {search: found, trace: spans % "memory-api"})
    assert asked.row(checks, ROW) == passed(ROW, f"trace {ID} with 3 spans of 2 services, kept in {title}")
    assert [path for path, _ in asked.asked] == [search, trace]
    start, end = (int(asked.asked[0][1][key]) for key in ("start", "end"))
    assert (end - start) in (900, 900_000_000)


@EACH
def test_no_trace_is_not_yet(
    store: str, title: str, search: str, found: str, nothing: str, trace: str, spans: str
) -> None:
    what = f"{title} has none from the last 15 minutes: docker logs {store} says more."
    assert stack_with("loki", store, {search: nothing}).row(checks, ROW) == not_yet(ROW, what)


@EACH
def test_a_trace_without_the_services_span_is_not_enough(
    store: str, title: str, search: str, found: str, nothing: str, trace: str, spans: str
) -> None:
    row = stack_with("loki", store, {search: found, trace: spans % "another"}).row(checks, ROW)
    what = f"{title} found trace {ID}, but it has no span of memory-api: docker logs {store} says more."
    assert row == not_yet(ROW, what)


def test_no_spans(world: World) -> None:
    world.spans = []
    detail = (
        "Prometheus counted none in the last 5m: docker logs monitoring-test-memory-api says whether they leave,"
        " docker logs monitoring-test-collector-gateway whether they are refused."
    )
    assert world.failures() == {"spans memory-api": detail}
    world.spans = [0.0]
    assert world.failures() == {"spans memory-api": detail}


def test_spans_arrive(world: World) -> None:
    assert world.row("spans memory-api").detail == "150 in the last 5m, counted by the gateway"


def test_without_the_demo_nobody_sends_spans_that_this_could_look_for() -> None:
    reason = "the demo, whose spans this looks for, is not part of this stack"
    services = [{"name": "site", "kind": "probe", "target": "example.com:443", "protocol": "https"}]
    found = stack_with("loki", "jaeger", {}, services=services, demo={"enabled": False})
    for name in ("spans memory-api", ROW):
        assert found.row(checks, name) == skipped(name, reason)

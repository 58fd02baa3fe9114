"""Rows about logs: the same with each store."""

from __future__ import annotations

import pytest

from operations.verify.checks.logs import checks
from operations.verify.rows import Row, not_yet, passed
from tests.unit.operations.verify.answers import stack_with

_VICTORIALOGS = {
    "line": """{"_msg":"request","_time":"2026-11-26T05:52:20Z","correlation_id":"c-1","service.name":"memory-api"}""",
    "counts": """{"data":{"result":[{"metric":{"severity_text":"info"},"value":[0,"17"]},
        {"metric":{"severity_text":"error"},"value":[0,"2"]}]}}""",
    "unset": """{"data":{"result":[{"metric":{"severity_text":"Unspecified"},"value":[0,"5"]}]}}""",
    "no line": "",
}
_LOKI = {
    "line": """{"data":{"result":[{"stream":{"service_name":"memory-api","correlation_id":"c-1"},
        "values":[["1795672340000000000","request"]]}]}}""",
    "counts": _VICTORIALOGS["counts"],
    "unset": """{"data":{"result":[{"metric":{},"value":[0,"5"]}]}}""",
    "no line": """{"data":{"result":[]}}""",
}
EACH = pytest.mark.parametrize(
    ("store", "lines", "counts", "told"),
    [
        ("victorialogs", "/select/logsql/query", "/select/logsql/stats_query", _VICTORIALOGS),
        ("loki", "/loki/api/v1/query_range", "/loki/api/v1/query", _LOKI),
    ],
    ids=["victorialogs", "loki"],
)
ROW = "logs memory-api"
NOTHING = """{"data":{"result":[]}}"""


@EACH
def test_a_new_line_with_its_id_passes_with_the_severities(
    store: str, lines: str, counts: str, told: dict[str, str]
) -> None:
    found = stack_with(store, "jaeger", {lines: told["line"], counts: told["counts"]})
    detail = "newest line 2 s old, correlation ID c-1; 2 error, 17 info in 2m"
    assert found.row(checks, ROW) == passed(ROW, detail)
    assert {path for path, _ in found.asked} == {lines, counts}


@EACH
def test_lines_without_an_id_are_not_enough(store: str, lines: str, counts: str, told: dict[str, str]) -> None:
    found = stack_with(store, "jaeger", {lines: told["no line"], counts: told["counts"]})
    what = "lines arrive, but none of the last 2m has a correlation_id: see what docker logs memory-api shows."
    assert found.row(checks, ROW) == not_yet(ROW, what)


@EACH
def test_lines_without_a_severity_are_not_enough(store: str, lines: str, counts: str, told: dict[str, str]) -> None:
    found = stack_with(store, "jaeger", {lines: told["line"], counts: told["unset"]})
    what = "lines arrive, but none of the last 2m has a severity: see what docker logs memory-api shows."
    assert found.row(checks, ROW) == not_yet(ROW, what)


@EACH
def test_no_line_says_who_may_have_lost_them(store: str, lines: str, counts: str, told: dict[str, str]) -> None:
    found = stack_with(store, "jaeger", {lines: told["no line"], counts: NOTHING})
    assert found.row(checks, ROW) == not_yet(
        ROW,
        "no line of memory-api in the last 2m: docker logs collector-agent and docker logs collector-gateway say where"
        " they are lost.",
    )


@EACH
def test_without_the_demo_a_line_of_any_own_program_will_do(
    store: str, lines: str, counts: str, told: dict[str, str]
) -> None:
    services = [{"name": "api", "kind": "fastapi", "target": "api:8000"}]
    found = stack_with(store, "jaeger", {lines: told["line"]}, demo=None, services=services)
    row = found.row(checks, "logs of the stack")
    assert row == passed("logs of the stack", "newest line 2 s old, of memory-api")
    ((_, params),) = found.asked
    assert "alertmanager|blackbox-exporter|" in params["query"]


OTHERS = "logs of other containers"


def test_what_the_runtime_says_of_logs_that_nobody_reads_is_told() -> None:
    found = stack_with("victorialogs", "jaeger", {"unread": "logs of a are not read\nlogs of b are not read"})
    what = "logs of a are not read; logs of b are not read"
    assert found.row(checks, OTHERS) == Row(OTHERS, "skipped", what)


def test_with_json_files_alone_every_log_can_be_read() -> None:
    found = stack_with("victorialogs", "jaeger", {})
    assert found.row(checks, OTHERS) == passed(OTHERS, "the collector can read those of every container")

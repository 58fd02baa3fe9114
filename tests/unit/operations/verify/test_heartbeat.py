"""The last leg of the heartbeat: its notification in the store of logs."""

from __future__ import annotations

import pytest

from operations.verify.checks.heartbeat import checks
from operations.verify.rows import not_yet, passed
from tests.unit.operations.verify.answers import stack_with

ROW = "heartbeat delivered"
EACH = pytest.mark.parametrize(
    ("store", "title", "path", "line", "nothing"),
    [
        pytest.param(
            "victorialogs",
            "VictoriaLogs",
            "/select/logsql/query",
            '{"_msg":"{}","_time":"2026-11-26T05:52:20Z","service.name":"alert-history"}',
            "",
            id="victorialogs",
        ),
        pytest.param(
            "loki",
            "Loki",
            "/loki/api/v1/query_range",
            '{"data":{"result":[{"stream":{"service_name":"alert-history"},"values":[["1795672340000000000","{}"]]}]}}',
            '{"data":{"result":[]}}',
            id="loki",
        ),
    ],
)


@EACH
def test_a_stored_notification_passes(store: str, title: str, path: str, line: str, nothing: str) -> None:
    found = stack_with(store, "jaeger", {path: line})
    detail = f"notification 2 s old at the webhook receiver, kept in {title}"
    assert found.row(checks, ROW) == passed(ROW, detail)
    ((_, params),) = found.asked
    assert all(part in params["query"] for part in ("alert-history", "firing", "Heartbeat"))


@EACH
def test_none_says_who_may_have_lost_it(store: str, title: str, path: str, line: str, nothing: str) -> None:
    row = stack_with(store, "jaeger", {path: nothing}).row(checks, ROW)
    said = "none in the last 5m: docker logs alertmanager and docker logs collector-gateway say where it is lost."
    assert row == not_yet(ROW, said)

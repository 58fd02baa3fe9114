"""The last leg of the heartbeat: its notification in the store of logs."""

from __future__ import annotations

import pytest

from operations.verify.checks.heartbeat import checks
from operations.verify.rows import not_yet, passed
from tests.unit.operations.verify.answers import stack_with
from tests.unit.operations.verify.world import World

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


def test_the_heartbeat_does_not_fire(world: World) -> None:
    world.fires = [{"state": "firing", "labels": {"alertname": "ServiceDown"}}]
    assert world.failures() == {
        "heartbeat fires": "Prometheus does not fire it: runbooks/Heartbeat.md says what that means."
    }


def test_the_heartbeat_is_not_routed(world: World) -> None:
    world.routed = []
    assert world.failures() == {
        "heartbeat routed": "Alertmanager does not have it: docker logs monitoring-test-prometheus says why."
    }
    world.routed = ["suppressed"]
    assert world.failures() == {
        "heartbeat routed": "Alertmanager holds it as suppressed: remove the silence or inhibition on it."
    }


def test_the_heartbeat_arrives(world: World) -> None:
    assert world.row("heartbeat fires").detail == "in Prometheus"
    assert world.row("heartbeat routed").detail == "active in Alertmanager"
    assert world.row("heartbeat delivered").detail.endswith(" s old at the webhook receiver, kept in VictoriaLogs")

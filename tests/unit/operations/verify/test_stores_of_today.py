"""Rows that read Loki and Tempo: logs, traces, and the heartbeat's way into the alert history."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from operations.verify.rows import passed, skipped
from tests.unit.operations.verify.world import HEARTBEAT_LINE, NOW, World, declare, world_of


def test_logs_of_the_demo(world: World) -> None:
    row = world.row("logs memory-traffic")
    assert row.status == "passed"
    assert row.detail.endswith(" s old, correlation ID 0190-traffic")


def test_logs_that_do_not_arrive(world: World) -> None:
    del world.lines['{service_name="memory-api"} | correlation_id']
    assert world.failures() == {
        "logs memory-api": "no line of memory-api in the last 2m: docker logs monitoring-test-collector-agent"
        " and docker logs monitoring-test-collector-gateway say where they are lost."
    }


def test_logs_without_a_correlation_id(world: World) -> None:
    del world.lines['{service_name="memory-api"} | correlation_id']

    def inside(workload: str, path: str, query: dict[str, list[str]]) -> Any:
        found = query["query"] == ['{service_name="memory-api"}']
        streams = [{"stream": {}, "values": [[str(int(NOW * 1e9)), "text"]]}] if found else []
        return {"data": {"result": streams}}

    world.inside = inside  # type: ignore[method-assign]
    assert world.failures()["logs memory-api"] == (
        "lines arrive, but none of the last 2m has a correlation_id:"
        " see what docker logs monitoring-test-memory-api shows."
    )


def test_logs_without_the_demo(tmp_path: Path) -> None:
    services = [{"name": "site", "kind": "probe", "target": "example.com:443", "protocol": "https"}]
    world = world_of(declare(tmp_path, services=services, demo={"enabled": False}))
    world.lines["service_name=~"] = (NOW - time.time() + 60, {"service_name": "loki"})
    names = [row.name for row in world.rows() if row.name.startswith("logs")]
    assert names == ["logs of the stack"]
    assert world.row("logs of the stack").detail.endswith(" s old, of loki")
    reason = "the demo, whose spans this looks for, is not part of this stack"
    assert world.row("spans memory-api") == skipped("spans memory-api", reason)
    assert world.row("traces memory-api") == skipped("traces memory-api", reason)
    del world.lines["service_name=~"]
    assert world.failures()["logs of the stack"].startswith("no line of any of its containers in the last 3h: ")


def test_loki_does_not_run(world: World) -> None:
    del world.containers["loki"]
    failures = world.failures()
    detail = "monitoring-test-loki cannot be asked (No such container: monitoring-test-loki): see that it runs."
    assert {name for name, found in failures.items() if found == detail} == {
        "logs memory-api",
        "logs memory-traffic",
        "heartbeat delivered",
    }


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


def test_traces_are_searched_where_tempo_is_part_of_the_stack(tmp_path: Path) -> None:
    world = world_of(declare(tmp_path, images={"source": "built", "overrides": {"tempo": "mirror/tempo:3"}}))
    assert world.row("traces memory-api") == passed("traces memory-api", "trace abc123 found in Tempo")
    search = next(url for url in world.asked if "/api/search" in url)
    assert search.startswith("http://127.0.0.1:3200/api/search?q=%7B+resource.service.name+%3D+%22memory-api%22+%7D&")
    world.traces = []
    assert world.failures() == {
        "traces memory-api": "Tempo has none from the last 15 minutes: docker logs monitoring-test-tempo says more."
    }


def test_the_heartbeat_arrives(world: World) -> None:
    assert world.row("heartbeat fires").detail == "in Prometheus"
    assert world.row("heartbeat routed").detail == "active in Alertmanager"
    assert world.row("heartbeat delivered").detail.endswith(" s old at the webhook receiver, kept in Loki")


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


def test_the_heartbeat_is_not_delivered(world: World) -> None:
    del world.lines[HEARTBEAT_LINE]
    assert world.failures() == {
        "heartbeat delivered": "none in the last 5m: docker logs monitoring-test-alertmanager"
        " and docker logs monitoring-test-collector-gateway say where it is lost."
    }


def test_what_has_no_image_is_skipped(world: World) -> None:
    assert [row.name for row in world.rows() if row.status == "skipped"] == [
        "workload grafana",
        "workload tempo",
        "traces memory-api",
    ]

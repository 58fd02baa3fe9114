"""Asking each part of a running stack."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from components.endpoints import Endpoint
from components.stores.store import LogLine
from operations.verify.declared import Declared
from operations.verify.live import Live
from runtimes.docker.health import DockerHealth
from runtimes.health import NoAnswerError
from tests.unit.operations.verify.world import World


@pytest.fixture
def live(world: World) -> Live:
    return world.live(httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200, json={}))))


def test_each_program_is_asked_where_its_endpoint_is(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def api(_health: DockerHealth, endpoint: Endpoint) -> object:
        asked.append(endpoint.address)
        raise NoAnswerError("not today")

    monkeypatch.setattr(DockerHealth, "api", api)
    for name in ("prometheus", "alertmanager"):
        with pytest.raises(NoAnswerError):
            getattr(live, name)
    assert asked == ["prometheus:9090", "alertmanager:9093"]


def test_grafana_is_asked_as_prometheus_and_as_alertmanager_where_it_manages_alerts(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    class Answering:
        def __init__(self, endpoint: Endpoint) -> None:
            self.name = endpoint.workload

        def get(self, path: str, params: object = None) -> object:
            asked.append(f"{self.name}{path}")
            return {"data": {"alerts": []}} if path.endswith("/api/v1/alerts") else []

        def text(self, path: str, params: object = None) -> str:
            asked.append(f"{self.name}{path}")
            return ""

    monkeypatch.setattr(DockerHealth, "api", lambda _health, endpoint: Answering(endpoint))
    settings = live.declared.settings
    grafana = settings.grafana.model_copy(update={"alerting": "managed"})
    plan = replace(live.declared.program.plan, settings=settings.model_copy(update={"grafana": grafana}))
    declared = replace(live.declared, program=replace(live.declared.program, plan=plan))
    managed = Live(declared, live.health, live.http)
    assert (managed.judge.alerts(), managed.alertmanager.states("Heartbeat")) == ([], [])
    assert asked == [
        "grafana/api/prometheus/grafana/api/v1/alerts",
        "grafana/api/alertmanager/grafana/api/v2/alerts",
    ]
    assert (managed.judging.workload, managed.routing.workload) == ("grafana", "grafana")
    asked.clear()
    assert (live.judge.alerts(), live.alertmanager.states("Heartbeat")) == ([], [])
    assert asked == ["prometheus/api/v1/alerts", "alertmanager/api/v2/alerts"]
    assert (live.judging.workload, live.routing.workload) == ("prometheus", "alertmanager")


def test_logs_are_shown_by_the_runtimes_own_command(live: Live) -> None:
    assert live.logs("prometheus") == "docker logs monitoring-test-prometheus"


@pytest.mark.parametrize(("seconds", "age"), [(990.0, "10 s old"), (1000.4, "0 s old"), (1010.0, "0 s old")])
def test_a_line_from_a_clock_that_runs_ahead_is_not_older_than_now(
    usual: Declared, live: Live, seconds: float, age: str
) -> None:
    asked = Live(usual, live.health, live.http, now=lambda: 1000.0)
    assert asked.age(LogLine(seconds, "", "memory-api", {})) == age

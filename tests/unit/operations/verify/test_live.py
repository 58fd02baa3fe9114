"""Asking each part of a running stack."""

from __future__ import annotations

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


def test_logs_are_shown_by_the_runtimes_own_command(live: Live) -> None:
    assert live.logs("prometheus") == "docker logs monitoring-test-prometheus"


@pytest.mark.parametrize(("seconds", "age"), [(990.0, "10 s old"), (1000.4, "0 s old"), (1010.0, "0 s old")])
def test_a_line_from_a_clock_that_runs_ahead_is_not_older_than_now(
    usual: Declared, live: Live, seconds: float, age: str
) -> None:
    asked = Live(usual, live.health, live.http, now=lambda: 1000.0)
    assert asked.age(LogLine(seconds, "", "memory-api", {})) == age

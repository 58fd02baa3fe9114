"""Reloading: a container reads its files again, and answers again afterwards."""

from __future__ import annotations

from typing import Any

import docker
import pytest
from docker.errors import APIError, NotFound

from runtimes import reload as reload_module
from runtimes.console import Failure
from runtimes.reload import reload_container


class FakeContainer:
    """A container whose health goes through a list of answers; the last one stays."""

    def __init__(self, status: str = "running", health: tuple[str | None, ...] = ("healthy",)) -> None:
        self.status = status
        self.calls: list[str] = []
        self._health = list(health)
        self.attrs: dict[str, Any] = {}
        self._look()

    def _look(self) -> None:
        health = self._health.pop(0) if len(self._health) > 1 else self._health[0]
        self.attrs = {"State": {"Status": self.status, **({"Health": {"Status": health}} if health else {})}}

    def reload(self) -> None:
        self._look()

    def kill(self, signal: str) -> None:
        self.calls.append(f"kill {signal}")

    def restart(self, timeout: int) -> None:
        self.calls.append(f"restart {timeout}")


class FakeClient:
    """A Docker daemon with the containers it is given; counts who asked for one."""

    def __init__(self, containers: dict[str, FakeContainer]) -> None:
        self._containers = containers
        self.asked: list[str] = []

    @property
    def containers(self) -> FakeClient:
        return self

    def ping(self) -> bool:
        return True

    def get(self, name: str) -> FakeContainer:
        self.asked.append(name)
        if name not in self._containers:
            raise NotFound(f"No such container: {name}")
        return self._containers[name]


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(reload_module, "time", clock)
    return clock


@pytest.fixture
def daemon(monkeypatch: pytest.MonkeyPatch) -> dict[str, FakeContainer]:
    """The containers of a fake daemon; no test of this file reaches a real one."""
    containers: dict[str, FakeContainer] = {}
    monkeypatch.setattr(docker, "from_env", lambda *, timeout: FakeClient(containers))
    return containers


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(("how", "calls"), [("signal", ["kill SIGHUP"]), ("restart", ["restart 30"])])
def test_a_running_container_is_signalled_or_restarted_once(
    daemon: dict[str, FakeContainer], how: str, calls: list[str]
) -> None:
    daemon["kettle"] = FakeContainer()
    daemon["teapot"] = FakeContainer()
    reload_container("kettle", how)
    assert daemon["kettle"].calls == calls
    assert daemon["teapot"].calls == []


def test_a_program_that_watches_its_files_is_left_alone_without_asking_docker(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(**_: object) -> None:
        raise AssertionError("nobody needs the daemon for this")

    monkeypatch.setattr(docker, "from_env", unreachable)
    reload_container("kettle", "watched")


@pytest.mark.usefixtures("clock")
def test_a_container_that_does_not_exist_yet_needs_no_reload(daemon: dict[str, FakeContainer]) -> None:
    reload_container("kettle", "signal")
    assert daemon == {}


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("status", ["created", "exited", "restarting"])
def test_a_container_that_does_not_run_needs_no_reload(daemon: dict[str, FakeContainer], status: str) -> None:
    daemon["kettle"] = FakeContainer(status)
    reload_container("kettle", "restart")
    assert daemon["kettle"].calls == []


def test_a_reload_waits_until_the_container_is_healthy_again(daemon: dict[str, FakeContainer], clock: Clock) -> None:
    daemon["kettle"] = FakeContainer(health=("healthy", "starting", "starting", "unhealthy", "healthy"))
    reload_container("kettle", "restart")
    assert clock.now == 3


def test_a_container_without_a_health_check_is_ready_when_it_runs(
    daemon: dict[str, FakeContainer], clock: Clock
) -> None:
    daemon["kettle"] = FakeContainer(health=(None,))
    reload_container("kettle", "signal")
    assert clock.now == 0


def test_a_container_that_does_not_come_back_is_an_error_that_says_where_to_look(
    daemon: dict[str, FakeContainer], clock: Clock
) -> None:
    daemon["kettle"] = FakeContainer(health=("healthy", "unhealthy"))
    with pytest.raises(
        Failure,
        match=r"^kettle did not become healthy within 120 s after its files changed: `docker logs kettle` says why\.",
    ):
        reload_container("kettle", "signal")
    assert clock.now == 120


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("error", [APIError("409", explanation="is paused"), ConnectionError("is paused")])
def test_a_container_that_cannot_be_reached_is_one_sentence(
    daemon: dict[str, FakeContainer], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def refuse(_container: FakeContainer, signal: str) -> None:
        raise error

    monkeypatch.setattr(FakeContainer, "kill", refuse)
    daemon["kettle"] = FakeContainer()
    with pytest.raises(Failure) as failure:
        reload_container("kettle", "signal")
    assert str(failure.value) == (
        "kettle could not be made to read its changed files (is paused): mend it and run the command again."
    )


def test_a_daemon_that_does_not_answer_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise ConnectionError("gone")

    monkeypatch.setattr(docker, "from_env", refuse)
    with pytest.raises(Failure, match=r"^Docker does not answer \(gone\): start it"):
        reload_container("kettle", "signal")

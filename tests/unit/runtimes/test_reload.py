"""Reloading: a container reads its files again, and answers again afterwards."""

from __future__ import annotations

import docker
import pytest
from docker.errors import APIError

from runtimes import reload as reload_module
from runtimes.console import Failure
from runtimes.reload import reload_container
from tests.fakes import FakeContainer, FakeDaemon


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
def daemon(monkeypatch: pytest.MonkeyPatch) -> FakeDaemon:
    """A daemon with two containers; no test of this file reaches a real one."""
    found = FakeDaemon([FakeContainer("kettle"), FakeContainer("teapot")])
    monkeypatch.setattr(docker, "from_env", lambda *, timeout: found)
    return found


@pytest.fixture
def kettle(daemon: FakeDaemon) -> FakeContainer:
    """The container that is to read its files again."""
    return daemon.running[0]


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(("how", "calls"), [("signal", ["kill SIGHUP"]), ("restart", ["restart 30"])])
def test_a_running_container_is_signalled_or_restarted_once(daemon: FakeDaemon, how: str, calls: list[str]) -> None:
    reload_container("kettle", how)
    assert [found.calls for found in daemon.running] == [calls, []]


def test_a_program_that_watches_its_files_is_left_alone_without_asking_docker(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(**_: object) -> None:
        raise AssertionError("nobody needs the daemon for this")

    monkeypatch.setattr(docker, "from_env", unreachable)
    reload_container("kettle", "watched")


@pytest.mark.usefixtures("clock")
def test_a_container_that_does_not_exist_yet_needs_no_reload(daemon: FakeDaemon) -> None:
    reload_container("coffee-maker", "signal")
    assert [found.calls for found in daemon.running] == [[], []]


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("status", ["created", "exited", "restarting"])
def test_a_container_that_does_not_run_needs_no_reload(kettle: FakeContainer, status: str) -> None:
    kettle.status = status
    reload_container("kettle", "restart")
    assert kettle.calls == []


def test_a_reload_waits_until_the_container_is_healthy_again(kettle: FakeContainer, clock: Clock) -> None:
    kettle.becomes = ["starting", "starting", "unhealthy", "healthy"]
    reload_container("kettle", "restart")
    assert clock.now == 3


def test_a_container_without_a_health_check_is_ready_when_it_runs(kettle: FakeContainer, clock: Clock) -> None:
    kettle.health = None
    reload_container("kettle", "signal")
    assert clock.now == 0


def test_a_container_that_does_not_come_back_is_an_error_that_says_where_to_look(
    kettle: FakeContainer, clock: Clock
) -> None:
    kettle.becomes = ["unhealthy"]
    with pytest.raises(
        Failure,
        match=r"^kettle did not become healthy within 120 s after its files changed: `docker logs kettle` says why\.",
    ):
        reload_container("kettle", "signal")
    assert clock.now == 120


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("error", [APIError("409", explanation="is paused"), ConnectionError("is paused")])
def test_a_container_that_cannot_be_reached_is_one_sentence(kettle: FakeContainer, error: Exception) -> None:
    kettle.error = error
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

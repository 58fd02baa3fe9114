"""What verification is told by the Docker daemon, and how programs are asked that nobody publishes."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import docker
import httpx
import pytest
from docker.errors import APIError, DockerException

from components.demo import DEMO_ENDPOINTS
from components.endpoints import PROMETHEUS, Endpoint
from operations.target import LoadedTarget
from runtimes.docker.health import DockerHealth, connect
from runtimes.docker.settings import offset_of
from runtimes.health import CouldNotRunError, NoAnswerError, NoWayError, loopback_client
from tests.fakes import FakeDaemon

LOKI = Endpoint("loki", 3100)
(DEMO_API,) = (endpoint for endpoint in DEMO_ENDPOINTS if endpoint.reach == "applications")


def health_of(containers: object, directory: Path = Path("/nonexistent")) -> DockerHealth:
    client = SimpleNamespace(containers=containers)
    http = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200, text="ready")))
    return DockerHealth("kettle", directory, {"prometheus": 19090}, client, http)


def running(**exec_run: Any) -> DockerHealth:
    """A daemon each of whose containers answers a command so."""
    return health_of(SimpleNamespace(get=lambda _name: SimpleNamespace(**exec_run)))


def test_a_daemon_that_stops_answering_is_one_sentence() -> None:
    def refuse(**_: object) -> None:
        raise ConnectionError("gone")

    with pytest.raises(
        NoAnswerError, match=r"^Docker does not answer \(gone\): start it .* and run the command again\.$"
    ):
        health_of(SimpleNamespace(list=refuse)).workloads(["prometheus"])


def test_a_daemon_that_does_not_run_means_that_nothing_can_be_verified(
    target: LoadedTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: object) -> None:
        raise DockerException("no socket")

    monkeypatch.setattr(docker, "from_env", refuse)
    with pytest.raises(
        CouldNotRunError, match=r"^Docker does not answer \(no socket\): start it .* and run the command again\.$"
    ):
        connect(target.program)


def test_a_stack_is_asked_where_its_settings_say(
    target: LoadedTarget, daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(docker, "from_env", lambda *, timeout: daemon)
    health = connect(target.program)
    assert (health.stack, health.directory) == ("kettle", target.directory)
    assert health.address(PROMETHEUS) == f"http://127.0.0.1:{9090 + offset_of('kettle')}"


def test_an_endpoint_has_an_address_only_when_it_is_published() -> None:
    health = running()
    assert health.address(PROMETHEUS) == "http://127.0.0.1:19090"
    with pytest.raises(NoWayError, match=r"^loki is not published: only its container can be asked\.$"):
        health.address(LOKI)


def test_a_password_of_another_user_is_said_to_be_theirs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_path: Path, **_: object) -> str:
        raise PermissionError

    monkeypatch.setattr(Path, "read_text", refuse)
    path = tmp_path / "secrets" / "prometheus" / "prometheusPassword"
    with pytest.raises(NoAnswerError) as found:
        health_of(None, tmp_path).password("prometheus", "prometheusPassword")
    assert str(found.value) == f"{path} may not be read: run this as the user who ran make up."


def test_a_clients_answers_are_this_machines_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example.com:3128")
    with loopback_client() as client:
        assert not client.trust_env
        assert not client.follow_redirects
        assert client.timeout == httpx.Timeout(10)


# --- Programs that are not published ---------------------------------------------------------------------------------


def test_an_api_inside_is_asked_by_the_busybox_that_every_container_has() -> None:
    asked: list[list[str]] = []

    def exec_run(argv: list[str], *, demux: bool) -> SimpleNamespace:
        asked.append(argv)
        return SimpleNamespace(exit_code=0, output=(b'{"status": "ok"}', None))

    assert running(exec_run=exec_run).api(LOKI).get("/ready", {"since": "5 m"}) == {"status": "ok"}
    busybox = "/tools/busybox"
    assert asked == [
        [busybox, "timeout", "10", busybox, "wget", "-q", "-O", "-", "http://127.0.0.1:3100/ready?since=5+m"]
    ]


@pytest.mark.parametrize(
    ("exit_code", "output", "sentence"),
    [
        (1, (None, b"wget: server returned error: HTTP/1.1 503\n"), r"\(wget: server returned error: HTTP/1.1 503\)"),
        (137, (None, None), r"\(exit status 137\)"),
        (143, (None, None), r"\(nothing within 10 s\)"),
    ],
)
def test_an_api_inside_that_fails(exit_code: int, output: tuple[bytes | None, ...], sentence: str) -> None:
    health = running(exec_run=lambda *_, **__: SimpleNamespace(exit_code=exit_code, output=output))
    name = "monitoring-kettle-loki"
    with pytest.raises(NoAnswerError, match=rf"^{name} does not answer {sentence}: docker logs {name} says more\.$"):
        health.api(LOKI).get("/ready")


def test_an_api_inside_a_container_that_is_not_running() -> None:
    def refuse(*_: object, **__: object) -> None:
        raise APIError("container is not running")

    with pytest.raises(
        NoAnswerError,
        match=r"^monitoring-kettle-loki cannot be asked \(container is not running\): see that it runs",
    ):
        running(exec_run=refuse).api(LOKI).get("/ready")


def test_an_answer_that_is_not_json() -> None:
    health = running(exec_run=lambda *_, **__: SimpleNamespace(exit_code=0, output=(b"ready\n", None)))
    name = "monitoring-kettle-loki"
    with pytest.raises(
        NoAnswerError, match=rf"^{name} answers something other than JSON: docker logs {name} says more\.$"
    ):
        health.api(LOKI).get("/ready")


# --- Programs that are -----------------------------------------------------------------------------------------------


def test_a_published_api_without_a_login_is_asked_without_one(tmp_path: Path) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"status": "ok"})

    health = DockerHealth(
        "kettle", tmp_path, {"memory_api": 18000}, None, httpx.Client(transport=httpx.MockTransport(answer))
    )
    assert health.api(DEMO_API).get("/health") == {"status": "ok"}
    assert [str(request.url) for request in seen] == ["http://127.0.0.1:18000/health"]
    assert "Authorization" not in seen[0].headers

"""A stack's containers on the Docker daemon of this machine, to be asked; nothing is changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlencode

import httpx

from components.endpoints import Endpoint, GuardedEndpoint
from runtimes.console import Failure, counted, quoted
from runtimes.daemon import FAILURES, docker_client, said
from runtimes.docker.containers import stack_containers, unread_logs
from runtimes.docker.names import TOOLS_DIRECTORY, container_name
from runtimes.docker.settings import docker_settings
from runtimes.health import (
    ANSWER_SECONDS,
    Api,
    CouldNotRunError,
    Exposure,
    NoAnswerError,
    NoWayError,
    WorkloadHealth,
    loopback_client,
    not_readable,
    up_command,
)
from workloads.program import Program

_BUSYBOX = f"{TOOLS_DIRECTORY}/busybox"
# 128 and the number of SIGTERM, which `timeout` sends.
_TIMED_OUT = 143
_DAEMON_SECONDS = 30


@dataclass(frozen=True)
class ContainerState:
    """A container, as `docker inspect` tells.

    Attributes:
        health: healthy, unhealthy, starting; empty when it has no health check.
        started: seconds since 1970.
        published: address and port on the host, and the port inside, of every published port.
    """

    name: str
    status: str
    started: float
    health: str
    exit_code: int
    published: tuple[tuple[tuple[str, str], str], ...]
    host_network: bool


@dataclass(frozen=True)
class DockerHealth:
    """A stack on Docker.

    Attributes:
        directory: the stack's folder, with its secret files.
        published: ports on 127.0.0.1 by their name in the settings.
        client: a `docker.DockerClient`, or what looks like one.
        http: asks what is published.
        log_sockets: engines that are asked for the output of containers.
    """

    stack: str
    directory: Path
    published: Mapping[str, int]
    client: Any
    http: httpx.Client
    log_sockets: tuple[str, ...] = ()
    confinement: str = "published on loopback only"

    def require_up(self, workloads: Iterable[str]) -> None:
        """See that one of the stack's containers runs."""
        names, states = {self._container(workload) for workload in workloads}, self._containers()
        if not any(name in names and state.status == "running" for name, state in states.items()):
            up = up_command(self.stack)
            raise CouldNotRunError(f"Stack {self.stack} is not up: none of its containers runs. Run {up}.")

    def workloads(self, names: Iterable[str]) -> dict[str, WorkloadHealth]:
        """Whether each workload has a container that runs and is healthy."""
        found = self._containers()
        return {name: self._workload(name, found.get(self._container(name))) for name in names}

    def _workload(self, name: str, state: ContainerState | None) -> WorkloadHealth:
        up = up_command(self.stack)
        if state is None:
            return WorkloadHealth("broken", f"container {self._container(name)} does not exist: run {up}.")
        what, why = f"container {state.name}", f"{self.logs(name)} says why"
        if state.status in ("created", "restarting"):
            return WorkloadHealth("waiting", f"{what} is {state.status}: {why}.")
        if state.status == "exited":
            told = f"{what} ended with status {state.exit_code}: {why}; then run {up}."
            return WorkloadHealth("broken", told)
        if state.status != "running":
            return WorkloadHealth("broken", f"{what} is {state.status}: run {up}.")
        if not state.health:
            return WorkloadHealth("broken", f"{what} has no health check: run {up}, which makes it anew.")
        if state.health != "healthy":
            return WorkloadHealth("waiting", f"{what} runs but is {state.health}: {why}.")
        return WorkloadHealth("healthy", "runs and is healthy", state.started)

    def exposure(self) -> Exposure:
        """What is published beyond loopback."""
        containers = self._containers().values()
        published = sum(len(state.published) for state in containers)
        return Exposure(
            f"{counted(published, 'port')} of {counted(len(containers), 'container')}",
            tuple(sentence for state in containers for sentence in _exposed(state)),
        )

    def unread_logs(self) -> Sequence[str]:
        """Those of other log drivers than json-file, unless Docker is asked for them."""
        try:
            return unread_logs(self.client, self.log_sockets)
        except Failure as error:
            raise NoAnswerError(str(error)) from error

    def api(self, endpoint: Endpoint) -> Api:
        """Published ones over loopback with their login, others from inside the container."""
        if not endpoint.published_as:
            return InsideApi(self._output, self._container(endpoint.workload), endpoint.port)
        return PublishedApi(
            name=endpoint.workload,
            url=self.address(endpoint),
            login=self._login(endpoint) if isinstance(endpoint, GuardedEndpoint) else None,
            http=self.http,
            logs=self.logs(endpoint.workload),
            up=up_command(self.stack),
        )

    def _login(self, endpoint: GuardedEndpoint) -> Callable[[], tuple[str, str]]:
        login = endpoint.login
        return lambda: (login.username, self.password(endpoint.workload, login.secret))

    def address(self, endpoint: Endpoint) -> str:
        """On 127.0.0.1, when it is published."""
        if not endpoint.published_as:
            raise NoWayError(f"{endpoint.workload} is not published: only its container can be asked.")
        return f"http://127.0.0.1:{self.published[endpoint.published_as]}"

    def password(self, workload: str, file: str) -> str:
        """A secret file of a workload, from the stack's folder."""
        path = self.directory / "secrets" / workload / file
        try:
            return path.read_text(encoding="utf-8").strip()
        except PermissionError:
            raise NoAnswerError(not_readable(path)) from None
        except OSError:
            raise NoAnswerError(f"{path} does not exist: run {up_command(self.stack)}, which writes it.") from None

    def logs(self, workload: str) -> str:
        """The command that shows what a container said."""
        return f"docker logs {self._container(workload)}"

    def _container(self, workload: str) -> str:
        return container_name(self.stack, workload)

    def _containers(self) -> dict[str, ContainerState]:
        """Every container of the stack by name, those that ended included."""
        try:
            found = stack_containers(self.client, self.stack)
        except Failure as failure:
            raise NoAnswerError(str(failure)) from None
        states = [_state(container.attrs) for container in found]
        return {state.name: state for state in states}

    def _output(self, container: str, command: Sequence[str]) -> str:
        """What a command of busybox inside a container writes to standard output."""
        # `timeout` around it: wget's own -T crashes in Debian's static busybox.
        argv = [_BUSYBOX, "timeout", str(ANSWER_SECONDS), _BUSYBOX, *command]
        try:
            result = self.client.containers.get(container).exec_run(argv, demux=True)
        # The SDK's word for an answer that it could not take apart.
        except (*FAILURES, ValueError) as error:
            raise NoAnswerError(f"{container} cannot be asked ({said(error)}): see that it runs.") from None
        out, errors = (part.decode("utf-8", "replace") if part else "" for part in result.output)
        if result.exit_code == 0:
            return out
        if result.exit_code == _TIMED_OUT:
            problem = f"nothing within {ANSWER_SECONDS} s"
        else:
            problem = quoted(errors or out) or f"exit status {result.exit_code}"
        raise NoAnswerError(f"{container} does not answer ({problem}): docker logs {container} says more.")


def connect(program: Program) -> DockerHealth:
    """The stack on the daemon of this machine.

    Raises:
        CouldNotRunError: when the daemon does not answer.
    """
    try:
        client = docker_client(_DAEMON_SECONDS)
    except Failure as failure:
        raise CouldNotRunError(str(failure)) from None
    settings, stack = docker_settings(program.settings), program.plan.stack
    return DockerHealth(
        *(stack, settings.stack_directory(stack), settings.published(), client, loopback_client()),
        log_sockets=settings.log_sockets,
    )


@dataclass(frozen=True)
class PublishedApi:
    """An API on the host's loopback.

    Attributes:
        name: of the component.
        login: reads user name and password; called for each request, so that they are held nowhere.
        logs: the command that shows the component's logs.
        up: the command that brings the stack up.
    """

    name: str
    url: str
    login: Callable[[], tuple[str, str]] | None
    http: httpx.Client
    logs: str
    up: str

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        """The parsed answer."""
        return parsed(self.text(path, params), self.name, self.logs)

    def text(self, path: str, params: Mapping[str, str] | None = None) -> str:
        """The answer as it came."""
        return self._answer("GET", path, params=params)

    def send(self, method: Literal["POST", "DELETE"], path: str, document: object = None) -> str:
        """Send a JSON document."""
        return self._answer(method, path, **({} if document is None else {"json": document}))

    def _answer(self, method: str, path: str, **content: Any) -> str:
        login = self.login() if self.login else None
        try:
            answer = self.http.request(method, f"{self.url}{path}", auth=login, **content)
        except httpx.HTTPError as error:
            what = f"{self.name} does not answer at {self.url} ({type(error).__name__})"
            raise NoAnswerError(f"{what}: {self.logs} says more.") from None
        if answer.status_code in (401, 403):
            raise NoAnswerError(f"{self.name} refuses its own password: run {self.up}.")
        if answer.status_code != 200:
            reason = f" ({quoted(answer.text)})" if answer.text else ""
            raise NoAnswerError(f"{self.name} answers {answer.status_code} to {path}{reason}: {self.logs} says more.")
        return answer.text


@dataclass(frozen=True)
class InsideApi:
    """An API that is not published: asked by the busybox that every container mounts."""

    output: Callable[[str, Sequence[str]], str]
    container: str
    port: int

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        """The parsed answer."""
        return parsed(self.text(path, params), self.container, f"docker logs {self.container}")

    def text(self, path: str, params: Mapping[str, str] | None = None) -> str:
        """The answer as it came."""
        query = f"?{urlencode(params)}" if params else ""
        url = f"http://127.0.0.1:{self.port}{path}{query}"
        return self.output(self.container, ("wget", "-q", "-O", "-", url))

    def send(self, method: Literal["POST", "DELETE"], path: str, document: object = None) -> str:
        """Nothing can be sent: it is asked from inside, by a program that only reads."""
        raise NoWayError(f"{self.container} is not published: it can be asked, but nothing can be sent to it.")


def parsed(text: str, name: str, logs: str) -> Any:
    """JSON as Python objects.

    Raises:
        NoAnswerError: when it is something else.
    """
    try:
        return json.loads(text)
    except ValueError:
        raise NoAnswerError(f"{name} answers something other than JSON: {logs} says more.") from None


def _exposed(state: ContainerState) -> list[str]:
    found = [
        f"{state.name} publishes {inside} on {host or 'all addresses'}:{port}"
        for (host, port), inside in state.published
        if not _is_loopback(host)
    ]
    return [*found, f"{state.name} uses the host's network"] if state.host_network else found


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _state(attrs: dict[str, Any]) -> ContainerState:
    state, host = attrs["State"], attrs["HostConfig"]
    actual = (attrs.get("NetworkSettings") or {}).get("Ports") or {}
    published = {
        ((str(binding.get("HostIp", "")), str(binding.get("HostPort", ""))), port)
        # Asked for, and really there: a stopped container has only the first.
        for ports in (host.get("PortBindings") or {}, actual)
        for port, bindings in ports.items()
        for binding in bindings or ()
    }
    return ContainerState(
        name=str(attrs["Name"]).removeprefix("/"),
        status=str(state["Status"]),
        started=datetime.fromisoformat(state["StartedAt"]).timestamp(),
        health=str((state.get("Health") or {}).get("Status", "")),
        exit_code=int(state.get("ExitCode", 0)),
        published=tuple(sorted(published)),
        host_network=host.get("NetworkMode") == "host",
    )

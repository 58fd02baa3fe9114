"""The Docker daemon, as far as verification needs it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import docker
from docker.errors import DockerException

from operations.verify.rows import CouldNotRunError, NoAnswerError, quoted
from runtimes.docker import STACK_LABEL, TOOLS_DIRECTORY

_BUSYBOX = f"{TOOLS_DIRECTORY}/busybox"
# 128 and the number of SIGTERM, which `timeout` sends.
_TIMED_OUT = 143
_TIMEOUT_SECONDS = 30
# What the SDK raises: its own errors, and those of the HTTP library below it, which are OSErrors.
_FAILURES = (DockerException, OSError)


@dataclass(frozen=True)
class ContainerState:
    """A container, as `docker inspect` tells.

    Attributes:
        health: healthy, unhealthy, starting; empty when it has no health check.
        published: address and port on the host, and the port inside, of every published port.
    """

    name: str
    status: str
    health: str
    exit_code: int
    published: tuple[tuple[tuple[str, str], str], ...]
    host_network: bool


class Engine:
    """Answers questions about containers; changes nothing."""

    def __init__(self, client: Any) -> None:
        """Takes a `docker.DockerClient`, or what looks like one."""
        self._client = client

    def containers(self, stack: str) -> dict[str, ContainerState]:
        """Every container of a stack by name, those that ended included.

        Raises:
            NoAnswerError: when the daemon does not answer.
        """
        try:
            found = self._client.containers.list(
                all=True, filters={"label": f"{STACK_LABEL}={stack}"}, ignore_removed=True
            )
            states = [_state(container.attrs) for container in found]
        except _FAILURES as error:
            raise NoAnswerError(f"Docker does not answer ({quoted(str(error))}): start it.") from None
        return {state.name: state for state in states}

    def output(self, container: str, command: Sequence[str], seconds: int) -> str:
        """What a command of busybox inside a container writes to standard output.

        Raises:
            NoAnswerError: when the container does not run, or the command fails or takes longer than `seconds`.
        """
        # `timeout` around it: wget's own -T crashes in Debian's static busybox.
        argv = [_BUSYBOX, "timeout", str(seconds), _BUSYBOX, *command]
        try:
            result = self._client.containers.get(container).exec_run(argv, demux=True)
        except _FAILURES as error:
            said = quoted(str(error))
            raise NoAnswerError(f"{container} cannot be asked ({said}): see that it runs.") from None
        out, errors = (part.decode("utf-8", "replace") if part else "" for part in result.output)
        if result.exit_code == 0:
            return out
        if result.exit_code == _TIMED_OUT:
            said = f"nothing within {seconds} s"
        else:
            said = quoted(errors or out) or f"exit status {result.exit_code}"
        raise NoAnswerError(f"{container} does not answer ({said}): docker logs {container} says more.")


def connect() -> Engine:
    """The daemon of this machine.

    Raises:
        CouldNotRunError: when it does not answer.
    """
    try:
        client = docker.from_env(timeout=_TIMEOUT_SECONDS)
        client.ping()
    except _FAILURES as error:
        said = quoted(str(error))
        raise CouldNotRunError(f"Docker does not answer ({said}): start it, then run this again.") from None
    return Engine(client)


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
        health=str((state.get("Health") or {}).get("Status", "")),
        exit_code=int(state.get("ExitCode", 0)),
        published=tuple(sorted(published)),
        host_network=host.get("NetworkMode") == "host",
    )

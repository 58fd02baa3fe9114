"""A stack's containers, as the daemon knows them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import docker
from docker.models.containers import Container

from runtimes.console import Failure
from runtimes.daemon import FAILURES, no_answer, socket_of
from runtimes.docker.names import STACK_LABEL

# The driver whose files the collector reads.
_READ = "json-file"
# Drivers that can be asked for what they keep.
_OWN = ("journald", "local")


def stack_containers(client: docker.DockerClient, stack: str) -> list[Container]:
    """Every container of a stack and of no other, those that ended included.

    Raises:
        Failure: when Docker does not answer.
    """
    return _labelled(client, f"{STACK_LABEL}={stack}")


def all_containers(client: docker.DockerClient) -> list[Container]:
    """Every container of every stack, those that ended included.

    Raises:
        Failure: when Docker does not answer.
    """
    return _labelled(client, STACK_LABEL)


def _labelled(client: docker.DockerClient, label: str) -> list[Container]:
    try:
        found: list[Container] = client.containers.list(
            all=True,
            filters={"label": label},
            # One that goes away while it is listed.
            ignore_removed=True,
        )
    except FAILURES as error:
        raise Failure(no_answer(error)) from error
    return found


def unread_logs(client: docker.DockerClient, sockets: Collection[str]) -> Sequence[str]:
    """Sentences that name the containers that run and whose output the collector does not get, and say what to do.

    Args:
        sockets: those of the engines that are asked for output.

    Raises:
        Failure: when Docker does not answer.
    """
    try:
        running: list[Container] = client.containers.list(ignore_removed=True)
    except FAILURES as error:
        raise Failure(no_answer(error)) from error
    logs = {str(found.name): found.attrs.get("HostConfig", {}).get("LogConfig", {}) for found in running}
    others = {name: log for name, log in sorted(logs.items()) if log.get("Type") not in (None, "", _READ)}
    lost = {name: log for name, log in others.items() if not _is_kept(log)}
    asked = {name: log for name, log in others.items() if name not in lost}
    socket = socket_of(client)
    if Path(socket).resolve() in {Path(other).resolve() for other in sockets}:
        asked = {}
    told = []
    if asked:
        group = Path(socket).stat().st_gid if Path(socket).exists() else "<its group>"
        told.append(
            f"logs of {_named(asked)} are not read: their log driver keeps no file for the collector. To ask Docker for"
            f" them, write `monitoring:docker: {{log_sockets: [{socket}], socket_group: {group}}}`; docs/logs.md says"
            " what else can be done, and what a socket means"
        )
    if lost:
        told.append(
            f"logs of {_named(lost)} are not read: Docker keeps nothing of them that it could be asked for;"
            " docs/logs.md says what to do"
        )
    return told


def _named(logs: Mapping[str, Mapping[str, Any]]) -> str:
    return ", ".join(f"{name} ({log['Type']})" for name, log in logs.items())


def _is_kept(log: Mapping[str, Any]) -> bool:
    """Whether Docker can be asked for the output: of what it sends away it keeps a copy, unless it is told not to."""
    if log["Type"] in _OWN:
        return True
    return log["Type"] != "none" and (log.get("Config") or {}).get("cache-disabled") != "true"

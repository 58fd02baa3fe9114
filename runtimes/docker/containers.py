"""A stack's containers, as the daemon knows them."""

from __future__ import annotations

from collections.abc import Mapping

import docker
from docker.models.containers import Container

from runtimes.console import Failure
from runtimes.daemon import FAILURES, no_answer
from runtimes.docker.names import STACK_LABEL

# The driver whose files the collector reads.
_READ = "json-file"


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


def unread_logs(client: docker.DockerClient) -> Mapping[str, str]:
    """Containers that run and whose log driver writes what the collector does not read: the driver, by name.

    Raises:
        Failure: when Docker does not answer.
    """
    try:
        running: list[Container] = client.containers.list(ignore_removed=True)
    except FAILURES as error:
        raise Failure(no_answer(error)) from error
    drivers = {str(found.name): found.attrs.get("HostConfig", {}).get("LogConfig", {}).get("Type") for found in running}
    return {name: driver for name, driver in sorted(drivers.items()) if driver not in (None, "", _READ)}

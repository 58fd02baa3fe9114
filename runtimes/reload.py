"""Making a running container read its configuration again."""

from __future__ import annotations

import time

import docker
from docker.errors import NotFound

from runtimes.console import Failure
from runtimes.daemon import FAILURES, docker_client, said

_HEALTHY_WITHIN_SECONDS = 120


def reload_container(name: str, how: str) -> None:
    """Signal (SIGHUP) or restart a container, and wait until it answers again.

    A container that does not exist or does not run yet will read its files when it starts: nothing to do.

    Args:
        name: of the container.
        how: signal, restart, or watched: its program sees by itself that files changed.

    Raises:
        Failure: when Docker does not answer or refuses, or the container does not come back healthy.
    """
    if how == "watched":
        return
    client = docker_client()
    try:
        is_healthy = _reload(client, name, how)
    except FAILURES as error:
        problem = f"{name} could not be made to read its changed files ({said(error)})"
        raise Failure(f"{problem}: mend it and run the command again.") from error
    if not is_healthy:
        raise Failure(
            f"{name} did not become healthy within {_HEALTHY_WITHIN_SECONDS} s after its files changed:"
            f" `docker logs {name}` says why. Mend it and run the command again."
        )


def _reload(client: docker.DockerClient, name: str, how: str) -> bool:
    """Whether the container is healthy in the end, or need not be."""
    try:
        container = client.containers.get(name)
    except NotFound:
        return True
    if container.status != "running":
        return True
    if how == "signal":
        container.kill(signal="SIGHUP")
    else:
        container.restart(timeout=30)
    deadline = time.monotonic() + _HEALTHY_WITHIN_SECONDS
    while time.monotonic() < deadline:
        container.reload()
        state = container.attrs["State"]
        if state["Status"] == "running" and state.get("Health", {}).get("Status", "healthy") == "healthy":
            return True
        time.sleep(1)
    return False

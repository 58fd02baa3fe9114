"""Making a running container read its configuration again."""

from __future__ import annotations

import time

import docker
from docker.errors import NotFound

_HEALTHY_WITHIN_SECONDS = 120


def reload_container(name: str, how: str) -> None:
    """Signal (SIGHUP) or restart a container, and wait until it answers again.

    A container that does not exist or does not run yet will read its files when it starts: nothing to do.

    Raises:
        RuntimeError: when the container does not come back healthy; its logs say why.
    """
    if how == "watched":
        return
    client = docker.from_env()
    try:
        container = client.containers.get(name)
    except NotFound:
        return
    if container.status != "running":
        return
    if how == "signal":
        container.kill(signal="SIGHUP")
    else:
        container.restart(timeout=30)
    deadline = time.monotonic() + _HEALTHY_WITHIN_SECONDS
    while time.monotonic() < deadline:
        container.reload()
        state = container.attrs["State"]
        if state["Status"] == "running" and state.get("Health", {}).get("Status", "healthy") == "healthy":
            return
        time.sleep(1)
    raise RuntimeError(
        f"{name} did not become healthy within {_HEALTHY_WITHIN_SECONDS} s after its files changed: docker logs {name}"
    )

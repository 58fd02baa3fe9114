"""`make down` stops a stack and keeps its data; `make destroy` leaves nothing behind."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import docker
from docker.errors import APIError, NotFound
from docker.models.containers import Container

from components.program import stack_prefix
from operations.compose import compose_destroy, has_project
from operations.console import Failure, note, step
from operations.engine import find_engine, has_state
from operations.host import docker_client
from operations.target import Target, load_target
from runtimes.docker import STACK_LABEL


def down(stack: str, file: Path | None = None) -> None:
    """Stop every container of the stack; volumes, networks and settings stay, and `make up` starts it again."""
    load_target(stack, file)
    containers = [item for item in _containers(docker_client(), stack) if item.status == "running"]
    step(f"Stopping {len(containers)} containers of stack {stack}; their data stays")
    with ThreadPoolExecutor() as pool:
        list(pool.map(_stop, containers))


def destroy(stack: str, file: Path | None = None) -> None:
    """Remove the stack's containers, networks, volumes, secrets and state.

    Raises:
        Failure: when something could not be removed.
    """
    target = _as_deployed(load_target(stack, file))
    step(f"Destroying stack {stack} and its data")
    if has_project(target):
        compose_destroy(target)
    elif has_state(target):
        engine, why = find_engine(target)
        if engine is None:
            raise Failure(f"Stack {stack} was brought up by Pulumi, but {why}: install it and run the command again.")
        engine.destroy(target)
    if target.program.settings.runtime == "docker":
        _remove_leftovers(docker_client(), target)
    shutil.rmtree(target.directory, ignore_errors=True)
    note("nothing is left: no container, network, volume, secret or state")


def _as_deployed(target: Target) -> Target:
    """The stack as it was last brought up: its settings may have changed since."""
    if not target.effective_file.exists():
        return target
    return load_target(target.stack, target.effective_file)


def _remove_leftovers(client: docker.DockerClient, target: Target) -> None:
    """What a half-finished run left, by exact name: another stack's name may start with this one's."""
    prefix = stack_prefix(target.stack)
    for container in _containers(client, target.stack):
        container.remove(force=True, v=True)
    names = {volume.name for workload in target.program.workloads for volume in workload.volumes} | {"tools"}
    for name in sorted(names):
        try:
            client.volumes.get(f"{prefix}-{name}").remove()
        except NotFound:
            continue
        except APIError as error:
            raise Failure(f"Volume {prefix}-{name} could not be removed: {error.explanation}") from error
    for network in client.networks.list(names=[f"^{prefix}$"]):
        network.remove()


def _containers(client: docker.DockerClient, stack: str) -> list[Container]:
    found: list[Container] = client.containers.list(all=True, filters={"label": f"{STACK_LABEL}={stack}"})
    return found


def _stop(container: Container) -> None:
    container.stop(timeout=int(container.attrs["Config"].get("StopTimeout") or 30))

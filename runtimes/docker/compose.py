"""Bringing a stack up from its rendered Compose project, for machines where no Pulumi engine can be had."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

import docker
from docker.errors import NotFound
from docker.models.containers import Container

from components.secrets import needed_secrets
from images.build import tool_path
from runtimes.console import Failure, Progress, note
from runtimes.docker.names import stack_prefix
from runtimes.docker.render import compose_files
from runtimes.docker.secrets import LocalSecrets
from runtimes.files import replace_file, write_directory
from runtimes.operations import Target
from runtimes.reload import reload_container
from workloads.workload import Workload

_PROJECT_FILE = "compose.yaml"


def has_project(directory: Path) -> bool:
    """Whether the stack with this folder was brought up from a Compose project before."""
    return (directory / _PROJECT_FILE).exists()


def compose_up(target: Target, client: docker.DockerClient, rotated: Collection[str] = ()) -> bool:
    """Write the project, start it in order and wait until all of it is healthy.

    Args:
        rotated: names of generated passwords that are made anew.

    Returns:
        False when everything already was as it should be.

    Raises:
        Failure: when a container does not become healthy.
    """
    prefix = stack_prefix(target.stack)
    workloads = target.program.workloads
    before = _started(client, prefix, workloads)
    changed = _write_project(target, rotated)
    if not changed and _is_current(target, client):
        return False
    note(f"starting {len(workloads)} containers, each after the ones it needs")
    _compose(target, "up", "--detach", "--remove-orphans", "--quiet-pull")
    after = _started(client, prefix, workloads)
    for workload in workloads:
        # Files that changed under a container which went on running; others read theirs when they started.
        if workload.name in changed and before.get(workload.name) == after.get(workload.name):
            reload_container(f"{prefix}-{workload.name}", workload.config.reload if workload.config else "restart")
    _wait_healthy(client, prefix, workloads)
    return True


def compose_destroy(target: Target) -> None:
    """Remove the project's containers, networks and volumes."""
    _compose(target, "down", "--volumes", "--remove-orphans")


def _write_project(target: Target, rotated: Collection[str]) -> set[str]:
    """Write what changed; names of workloads whose files did, and `compose` for the project itself."""
    changed: set[str] = set()
    directory = target.directory
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o700)
    kept = LocalSecrets(directory / "secrets.json")
    kept.forget(rotated)
    kept.ensure(needed_secrets(target.program.workloads))
    for workload in target.program.workloads:
        if workload.config and write_directory(directory / "config" / workload.name, workload.config.files):
            changed.add(workload.name)
        if workload.secrets and write_directory(directory / "secrets" / workload.name, kept.files(workload)):
            changed.add(workload.name)
    project = directory / _PROJECT_FILE
    text = compose_files(target.captured(), target.stack)["compose.yaml"]
    if not project.exists() or project.read_text(encoding="utf-8") != text:
        replace_file(project, text)
        changed.add("compose")
    return changed


def _is_current(target: Target, client: docker.DockerClient) -> bool:
    """Whether every container runs, healthy, from the image that its reference names now."""
    for workload in target.program.workloads:
        container = _container(client, f"{stack_prefix(target.stack)}-{workload.name}")
        if container is None or _state(container) != "healthy":
            return False
        image = client.images.get(target.program.images[workload.image])
        if container.attrs["Image"] != image.id:
            return False
    return True


def _started(client: docker.DockerClient, prefix: str, workloads: Iterable[Workload]) -> dict[str, str]:
    """When each running container started, by workload."""
    found = {workload.name: _container(client, f"{prefix}-{workload.name}") for workload in workloads}
    return {
        name: container.attrs["State"]["StartedAt"]
        for name, container in found.items()
        if container is not None and container.attrs["State"]["Running"]
    }


def _wait_healthy(client: docker.DockerClient, prefix: str, workloads: Iterable[Workload]) -> None:
    waiting = {f"{prefix}-{workload.name}": workload for workload in workloads}
    started = time.monotonic()
    progress = Progress()
    states: Mapping[str, str] = {}
    while waiting:
        states = {name: _state(_container(client, name)) for name in waiting}
        waiting = {name: workload for name, workload in waiting.items() if states[name] != "healthy"}
        if all(time.monotonic() - started > workload.start_seconds for workload in waiting.values()):
            break
        progress.tell(f"waiting for {', '.join(name.removeprefix(f'{prefix}-') for name in waiting)}")
        time.sleep(1)
    if waiting:
        told = ", ".join(f"{name} is {states[name]}" for name in waiting)
        first = next(iter(waiting))
        raise Failure(
            f"Not healthy in time: {told}. `docker logs {first}` says why; mend it and run the command again."
        )


def _container(client: docker.DockerClient, name: str) -> Container | None:
    try:
        return client.containers.get(name)
    except NotFound:
        return None


def _state(container: Container | None) -> str:
    if container is None:
        return "missing"
    state = container.attrs["State"]
    return str(state.get("Health", {}).get("Status", state["Status"])) if state["Running"] else str(state["Status"])


def _compose(target: Target, *arguments: str) -> None:
    project = target.directory / _PROJECT_FILE
    command = [
        *_compose_command(),
        "--ansi",
        "never",
        "--progress",
        "plain",
        "--file",
        str(project),
        *arguments,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        problem = lines[-1] if lines else f"exit status {done.returncode}"
        raise Failure(f"Compose could not finish ({problem}): mend it and run the command again, what is up stays up.")


def _compose_command() -> list[str]:
    plugin = ["docker", "compose"]
    try:
        if subprocess.run([*plugin, "version"], capture_output=True, check=False).returncode == 0:
            return plugin
    except FileNotFoundError:
        pass  # no docker command at all; the library talks to the daemon without it
    return [str(tool_path("compose"))]

"""Bringing a stack up from its rendered Compose project, for machines where no Pulumi engine can be had."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path

import docker
from docker.errors import NotFound
from docker.models.containers import Container

from components.secrets import needed_secrets
from images.build import tool_path
from runtimes.console import Failure, Progress, note
from runtimes.docker.names import container_name
from runtimes.docker.render import PROJECT_FILE, compose_text
from runtimes.docker.unread import Unread
from runtimes.files import read_directory, replace_file, write_directory
from runtimes.operations import Target
from runtimes.reload import reload_container
from runtimes.secrets import KEPT, LocalSecrets
from workloads.workload import Workload

_PROGRESS_SECONDS = 10
# Docker calls a container unhealthy a little after its start time. The limit is for one that it says nothing about.
_GRACE_SECONDS = 60
# States of a container that keeps others waiting, the worst first.
_TROUBLED = ("unhealthy", "restarting", "starting")
# Compose's words for a one-time container that failed.
_UNFINISHED = re.compile(r'service "([^"]+)" didn\'t complete')


def has_project(directory: Path) -> bool:
    """Whether the stack with this folder was brought up from a Compose project before."""
    return (directory / PROJECT_FILE).exists()


def compose_up(target: Target, client: docker.DockerClient, rotated: Collection[str] = ()) -> bool:
    """Write the project, start it in order and wait until all of it is healthy.

    Args:
        rotated: names of generated passwords that are made anew.

    Returns:
        False when everything already was as it should be.

    Raises:
        Failure: when a container does not become healthy.
    """
    workloads = target.program.workloads
    unread = Unread(target.directory / "unread.json")
    _write_project(target, rotated, unread, _started(client, target))
    if not unread and _is_current(target, client):
        return False
    _restart_unhealthy(client, target)
    note(f"starting {len(workloads)} containers, each after the ones it needs")
    patience = max(workload.start_seconds for workload in workloads) + _GRACE_SECONDS
    problem = _compose(
        target,
        *("up", "--detach", "--remove-orphans", "--quiet-pull", "--wait", "--wait-timeout", str(patience)),
        doing=lambda: f"waiting for {', '.join(_unready(client, target)) or 'Compose'}",
    )
    if problem:
        raise Failure(_told(problem, _unready(client, target), target))
    # What started meanwhile read its files then, and Compose has read the project.
    unread.forget_restarted(_started(client, target))
    _reload(target, unread)
    return True


def compose_destroy(target: Target) -> None:
    """Remove the project's containers, networks and volumes.

    Raises:
        Failure: when Compose could not.
    """
    problem = _compose(target, "down", "--volumes", "--remove-orphans", doing=lambda: "stopping containers")
    if problem:
        raise Failure(f"Compose could not finish ({problem}): mend it and run the command again.")


def _write_project(target: Target, rotated: Collection[str], unread: Unread, started: Mapping[str, str]) -> None:
    """Write what differs; first what has to read it is kept.

    Args:
        started: when each container that runs started, by workload. Others read their files when they start.
    """
    directory = target.directory
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o700)
    kept = LocalSecrets(directory / KEPT)
    kept.forget(rotated)
    kept.ensure(needed_secrets(target.program.workloads))
    folders: list[tuple[str, Path, Mapping[str, str]]] = []
    for workload in target.program.workloads:
        if workload.config:
            folders.append((workload.name, directory / "config" / workload.name, workload.config.files))
        if workload.secrets:
            folders.append((workload.name, directory / "secrets" / workload.name, kept.files(workload)))
    project = directory / PROJECT_FILE
    text = compose_text(target.captured(), target.stack)
    is_new = not project.exists() or project.read_text(encoding="utf-8") != text
    changed = {name for name, folder, files in folders if read_directory(folder) != dict(files)}
    readers = {name: started[name] for name in changed & started.keys()}
    # Compose reads the project, and has no start time.
    unread.add(readers | {PROJECT_FILE: ""} if is_new else readers)
    for _, folder, files in folders:
        write_directory(folder, files)
    if is_new:
        replace_file(project, text)


def _is_current(target: Target, client: docker.DockerClient) -> bool:
    """Whether every container runs, healthy, from the image that its reference names now."""
    for workload, container in _containers(client, target):
        if container is None or _state(container) != "healthy":
            return False
        image = client.images.get(target.program.images[workload.image])
        if container.attrs["Image"] != image.id:
            return False
    return True


def _containers(client: docker.DockerClient, target: Target) -> Iterator[tuple[Workload, Container | None]]:
    for workload in target.program.workloads:
        try:
            yield workload, client.containers.get(container_name(target.stack, workload.name))
        except NotFound:
            yield workload, None


def _started(client: docker.DockerClient, target: Target) -> dict[str, str]:
    """When each running container started, by workload."""
    return {
        workload.name: container.attrs["State"]["StartedAt"]
        for workload, container in _containers(client, target)
        if container is not None and container.attrs["State"]["Running"]
    }


def _unready(client: docker.DockerClient, target: Target) -> dict[str, str]:
    """The state of each container that is not healthy, by workload."""
    states = {workload.name: _state(container) for workload, container in _containers(client, target)}
    return {name: state for name, state in states.items() if state != "healthy"}


def _state(container: Container | None) -> str:
    if container is None:
        return "missing"
    state = container.attrs["State"]
    return str(state.get("Health", {}).get("Status", state["Status"])) if state["Running"] else str(state["Status"])


def _restart_unhealthy(client: docker.DockerClient, target: Target) -> None:
    """Give what an earlier run left unhealthy its start time again: Compose gives up on it at once."""
    for workload, container in _containers(client, target):
        if container is not None and _state(container) == "unhealthy":
            note(f"{workload.name} is unhealthy: starting it again")
            container.restart(timeout=workload.stop_seconds)


def _reload(target: Target, unread: Unread) -> None:
    """Make every container that went on with its old files read the new ones, also after one that cannot.

    Raises:
        Failure: naming all that could not; they are kept for the next run.
    """
    failed: list[str] = []
    for workload in target.program.workloads:
        if workload.name not in unread:
            continue
        try:
            reload_container(
                container_name(target.stack, workload.name), workload.config.reload if workload.config else "restart"
            )
        except Failure as failure:
            failed.append(str(failure))
        else:
            unread.forget(workload.name)
    if failed:
        raise Failure(" ".join(failed))


def _told(problem: str, unready: Mapping[str, str], target: Target) -> str:
    """What Compose could not do, which containers are to blame and where they say why.

    Those that have not started only wait for others.
    """
    to_blame = {name: state for name, state in unready.items() if state in _TROUBLED}
    if to_blame:
        first = min(to_blame, key=lambda name: _TROUBLED.index(to_blame[name]))
        listed = ", ".join(f"{name} is {state}" for name, state in to_blame.items())
        told = f"Not healthy in time: {listed} (Compose: {problem})."
    else:
        unfinished = _UNFINISHED.search(problem)
        first = unfinished[1] if unfinished else ""
        told = f"Compose could not finish ({problem})."
    hint = f" `docker logs {container_name(target.stack, first)}` says why." if first else ""
    return f"{told}{hint} Mend it and run the command again; what is up stays up."


def _compose(target: Target, *arguments: str, doing: Callable[[], str]) -> str:
    """Run Compose on the stack's project, and note every few seconds what it is doing.

    Returns:
        What went wrong, in Compose's last words; nothing when all went well.
    """
    project = str(target.directory / PROJECT_FILE)
    command = [*_compose_command(), "--ansi", "never", "--progress", "plain", "--file", project, *arguments]
    progress = Progress(_PROGRESS_SECONDS)
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        while True:
            try:
                _, said = process.communicate(timeout=_PROGRESS_SECONDS)
                break
            except subprocess.TimeoutExpired:
                progress.tell(doing())
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    if process.returncode == 0:
        return ""
    return lines[-1] if lines else f"exit status {process.returncode}"


def _compose_command() -> list[str]:
    plugin = ["docker", "compose"]
    try:
        if subprocess.run([*plugin, "version"], capture_output=True, check=False).returncode == 0:
            return plugin
    except FileNotFoundError:
        pass  # no docker command at all; the library talks to the daemon without it
    return [str(tool_path("compose"))]

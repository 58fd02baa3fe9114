"""Bringing a stack up on Docker, stopping it and removing it. Each step can fail; a re-run goes on from there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import docker
from docker.errors import ImageNotFound, NotFound
from docker.models.containers import Container

from components.endpoints import ADMIN, PROMETHEUS
from images.build import build_images, tool_path
from images.registry import pull, registry_answers
from runtimes.console import Failure, note, step
from runtimes.daemon import FAILURES, docker_client, said
from runtimes.docker.compose import compose_destroy, compose_up, has_project
from runtimes.docker.containers import stack_containers, unread_logs
from runtimes.docker.host import check_data_root, check_machine, check_room, ensure_docker
from runtimes.docker.names import stack_prefix
from runtimes.docker.settings import docker_settings
from runtimes.operations import Engine, FindEngine, Target, password_urns, tell_left_out
from runtimes.secrets import require

_VOLUME_TOOLS_IMAGE = "busybox"
_COMPOSE = "compose"
# Compose's own, on every volume that it makes.
_PROJECT_LABEL = "com.docker.compose.project"


def up(target: Target, find_engine: FindEngine, rotated: Collection[str] = ()) -> tuple[Target, bool]:
    """Bring the stack up, by the engine or by Compose where there is none.

    Args:
        rotated: names of generated passwords that are made anew.

    Returns:
        The stack as it was deployed, and whether anything had to change.

    Raises:
        Failure: one sentence that says what to do.
    """
    client = ensure_docker()
    check_room(client)
    check_data_root(client, docker_settings(target.program.settings))
    check_machine(client, target)
    for line in unread_logs(client, docker_settings(target.program.settings).log_sockets):
        note(line)
    target = _with_images_from_where_they_are(target, client)
    engine = _engine(target, find_engine)
    # Before images are made, which takes long.
    require(target, decrypted=engine is not None)
    target = with_images(target, client)
    tell_left_out(target.program)
    target.keep_settings()
    if engine is not None:
        step("Deploying with Pulumi")
        return target, engine.up(target, password_urns(target, rotated))
    step("Deploying the rendered Compose project: the same containers, names and files")
    return target, compose_up(target.with_file_content(), client, rotated)


def _engine(target: Target, find_engine: FindEngine) -> Engine | None:
    """What deploys the stack; None where Compose does, which is told."""
    if has_project(target.directory):
        note(f"this stack runs from its Compose project; `make destroy STACK={target.stack}` first moves it to Pulumi")
        return None
    engine, why = find_engine(target)
    if engine is None:
        note(f"no Pulumi engine: {why}")
    return engine


def recipes() -> Collection[str]:
    """What readies volumes, and what brings the project up where there is no engine."""
    return (_VOLUME_TOOLS_IMAGE, _COMPOSE)


def prepare(target: Target) -> None:
    """See that the Compose command and every image of the stack are there.

    Raises:
        Failure: naming what could not be had.
    """
    step(f"Tool {_COMPOSE}")
    tool_path(_COMPOSE)
    with_images(target, ensure_docker())


def down(target: Target) -> None:
    """Stop every container of the stack; volumes, networks and settings stay.

    Raises:
        Failure: when one could not be stopped; the others are stopped all the same.
    """
    containers = [item for item in stack_containers(docker_client(), target.stack) if item.status == "running"]
    step(f"Stopping {len(containers)} containers of stack {target.stack}; their data stays")
    with ThreadPoolExecutor() as pool:
        # Not `map`, which would give up on the rest at the first that fails.
        stops = [pool.submit(_stop, container) for container in containers]
    for stop in stops:
        stop.result()


def destroy(target: Target) -> bool:
    """Remove what the Compose project made; False when the stack was not brought up from one."""
    if not has_project(target.directory):
        return False
    compose_destroy(target)
    return True


def remove_leftovers(target: Target) -> None:
    """What a half-finished run left, by exact name: another stack's name may start with this one's.

    Raises:
        Failure: when something could not be removed.
    """
    client, prefix = docker_client(), stack_prefix(target.stack)
    for container in stack_containers(client, target.stack):
        with _explained(f"Container {container.name} could not be removed"):
            container.remove(force=True, v=True)
    names = {volume.name for workload in target.program.workloads for volume in workload.volumes} | {"tools"}
    # Of what the settings no longer have: a replica that was taken away leaves its data.
    labelled = client.volumes.list(filters={"label": f"{_PROJECT_LABEL}={prefix}"})
    names |= {volume.name.removeprefix(f"{prefix}-") for volume in labelled}
    for name in sorted(names):
        with _explained(f"Volume {prefix}-{name} could not be removed"):
            client.volumes.get(f"{prefix}-{name}").remove()
    for network in client.networks.list(names=[f"^{prefix}$"]):
        with _explained(f"Network {prefix} could not be removed"):
            network.reload()
            inside = sorted(found["Name"] for found in (network.attrs.get("Containers") or {}).values())
            if inside:
                raise Failure(
                    f"Network {prefix} could not be removed, somebody has put {', '.join(inside)} into it:"
                    f" `docker network disconnect {prefix} {inside[0]}`, and run the command again."
                )
            network.remove()


def passwords(target: Target) -> Iterator[str]:
    """Lines that say where the passwords are, never what they are."""
    yield f"user {ADMIN}; {target.directory}/secrets/<component>/, for example"
    yield f"{target.directory}/secrets/{PROMETHEUS.workload}/{PROMETHEUS.login.secret}"


def with_images(target: Target, client: docker.DockerClient) -> Target:
    """See that every image is there: pulled or, where no registry answers, built.

    Raises:
        Failure: naming what could not be had.
    """
    target = _with_images_from_where_they_are(target, client)
    if target.program.settings.images.source == "registry":
        if missing := _missing_images(target, client):
            _pull(target, missing, client)
        return target
    built = [name for name in sorted(_components(target)) if name not in target.program.settings.images.overrides]
    step(f"Building the images that are missing, of {len(built)}; what is built is cached")
    build_images(built, report=note)
    missing = _missing_images(target, client)
    if missing:
        raise Failure(
            f"No image for {', '.join(sorted(missing))}: pull or build what images.overrides names,"
            " then run the command again."
        )
    return target


def _with_images_from_where_they_are(target: Target, client: docker.DockerClient) -> Target:
    """The same stack, with images that are built where some are missing and no registry answers."""
    if target.program.settings.images.source != "registry" or not _missing_images(target, client):
        return target
    if registry_answers():
        return target
    step("No image registry answers: taking images that are built from package registries (images.source: built)")
    return target.with_image_source("built")


def _pull(target: Target, missing: Iterable[str], client: docker.DockerClient) -> None:
    pulled = [name for name in sorted(missing) if name not in target.program.settings.images.overrides]
    step(f"Pulling {len(pulled)} images")
    failed = pull(pulled, report=note)
    # What has no upstream, such as the demo, is this repository's own code: it is passed over, and built everywhere.
    own = sorted(_missing_images(target, client) & set(pulled) - failed.keys())
    if own:
        build_images(own, report=note)
    if failed:
        raise Failure(
            f"Not pulled: {', '.join(failed)}. Check the network and run the command again; what is pulled stays."
        )


def _components(target: Target) -> set[str]:
    return {_VOLUME_TOOLS_IMAGE, *(workload.image for workload in target.program.workloads)}


def _missing_images(target: Target, client: docker.DockerClient) -> set[str]:
    missing = set()
    for component in _components(target):
        try:
            client.images.get(target.program.images[component])
        except ImageNotFound:
            missing.add(component)
    return missing


def _stop(container: Container) -> None:
    with _explained(f"Container {container.name} could not be stopped"):
        container.stop(timeout=int(container.attrs["Config"].get("StopTimeout") or 30))


@contextmanager
def _explained(problem: str) -> Iterator[None]:
    """Turn the daemon's refusal into a sentence that begins with `problem`; what is gone already is no problem."""
    try:
        yield
    except NotFound:
        pass
    except FAILURES as error:
        raise Failure(f"{problem} ({said(error)}): mend it and run the command again.") from error

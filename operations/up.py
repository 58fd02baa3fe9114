"""`make up`: everything from a bare machine to a verified stack. Each step can fail; a re-run goes on from there."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

import docker
from docker.errors import ImageNotFound

from components.program import image_reference, published_urls
from images.build import build_images
from images.catalog import load_catalog
from images.registry import pull, registry_answers
from operations.compose import compose_up, has_project
from operations.console import Failure, note, step
from operations.engine import Engine, find_engine
from operations.host import check_ports, check_room, ensure_docker
from operations.target import Target, load_target
from operations.verify.rows import counted

_VOLUME_TOOLS_IMAGE = "busybox"


def up(stack: str, file: Path | None = None) -> Target:
    """Bring a stack up and wait until it is healthy.

    Raises:
        ConfigurationError: naming every mistake in the stack file; nothing was touched then.
        Failure: one sentence that says what to do.
    """
    started = time.monotonic()
    step(f"Checking the settings of stack {stack}")
    target = load_target(stack, file)
    services, containers = len(target.program.settings.services), len(target.program.workloads)
    note(f"{counted(services, 'service')}, {counted(containers, 'container')}")
    if target.program.settings.runtime == "kubernetes":
        return _up_kubernetes(target)
    client = ensure_docker()
    check_room(client)
    check_ports(client, stack, target.program.workloads)
    target = with_images(target, client)
    for component, why in target.program.missing.items():
        note(f"left out: {component}. {why}")
    target.write_effective_file()
    if _deploy(target, client):
        step(f"Stack {stack} is up after {time.monotonic() - started:.0f} s")
    else:
        step(f"Nothing to change: stack {stack} runs as its settings say")
    return target


def tell_addresses(target: Target) -> None:
    """Print the URLs and where the passwords are, never the passwords."""
    for component, url in sorted(published_urls(target.program.settings, target.program.workloads).items()):
        print(f"{component:<14} {url}")
    print(f"passwords      user admin; {target.directory}/secrets/<component>/, for example")
    print(f"               {target.directory}/secrets/prometheus/prometheusPassword")


def _deploy(target: Target, client: docker.DockerClient) -> bool:
    """Deploy by the engine, or by Compose where there is none; False when nothing had to change."""
    engine = _engine(target)
    if engine:
        step("Deploying with Pulumi")
        engine.up(target)
        return True
    step("Deploying the rendered Compose project: the same containers, names and files")
    return compose_up(target.with_file_content(), client)


def _engine(target: Target) -> Engine | None:
    if has_project(target):
        note(f"this stack runs from its Compose project; `make destroy STACK={target.stack}` first moves it to Pulumi")
        return None
    engine, why = find_engine(target)
    if engine is None:
        note(f"no Pulumi engine: {why}")
    return engine


def _up_kubernetes(target: Target) -> Target:
    engine, why = find_engine(target)
    if engine is None:
        raise Failure(
            f"Stack {target.stack} runs on Kubernetes and needs the Pulumi engine, but {why}:"
            f" install the Pulumi CLI, or apply rendered/{target.stack} with kubectl."
        )
    target.write_effective_file()
    engine.up(target)
    return target


def with_images(target: Target, client: docker.DockerClient) -> Target:
    """See that every image is there: pulled or, where no registry answers, built.

    Raises:
        Failure: naming what could not be had.
    """
    if target.program.settings.images.source == "registry":
        missing = _missing_images(target, client)
        if not missing:
            return target
        if registry_answers():
            _pull(target, missing)
            return target
        step("No image registry answers: taking images that are built from package registries (images.source: built)")
        target = target.with_image_source("built")
    built = [name for name in sorted(_components(target)) if name not in target.program.settings.images.overrides]
    step(f"Building the images that are missing, of {len(built)}; what is built is cached")
    build_images(built, report=_note_unless_current)
    missing = _missing_images(target, client)
    if missing:
        raise Failure(
            f"No image for {', '.join(sorted(missing))}: pull or build what images.overrides names,"
            " then run the command again."
        )
    return target


def _note_unless_current(text: str) -> None:
    if not text.endswith("is up to date"):
        note(text)


def _pull(target: Target, missing: Iterable[str]) -> None:
    pulled = [name for name in sorted(missing) if name not in target.program.settings.images.overrides]
    # What has no upstream, such as the demo, is this repository's own code and is built everywhere.
    catalog = load_catalog()
    own = [name for name in pulled if not catalog[name].registry]
    step(f"Pulling {len(pulled)} images")
    failed = pull([name for name in pulled if name not in own], report=note)
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
            client.images.get(image_reference(target.program.settings, component))
        except ImageNotFound:
            missing.add(component)
    return missing

"""The program that both the engine and `make render` run: configuration → plan → workloads → runtime → stack."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pulumi

from catalog.known import known
from catalog.plan import MonitoringPlan
from catalog.planner import plan_for
from components.stack import MonitoringStack, workloads_for
from images.catalog import Image, load_catalog
from runtimes.docker import DockerPlace, DockerRuntime
from runtimes.kubernetes import KubernetesRuntime
from runtimes.runtime import Runtime
from runtimes.workload import Workload
from settings.load import load_settings
from settings.model import Images, StackSettings
from settings.stackfile import PROJECT, RawConfiguration


@dataclass(frozen=True)
class Program:
    """What will be deployed, decided before anything is.

    Attributes:
        missing: components left out because their image cannot be had, with what is missing without them.
    """

    plan: MonitoringPlan
    workloads: tuple[Workload, ...]
    missing: dict[str, str]

    @property
    def settings(self) -> StackSettings:
        """The checked settings."""
        return self.plan.settings


def prepare_program(raw: RawConfiguration, stack: str, *, grafana_content: Literal["files"] | None = None) -> Program:
    """Check the configuration and work out every workload, without touching anything.

    Args:
        raw: the stack's configuration, unchecked.
        stack: the stack's name.
        grafana_content: `files` where no Grafana provider will run, whatever the settings say.

    Raises:
        ConfigurationError: naming every mistake.
    """
    catalog = load_catalog()
    settings = load_settings(raw, known(catalog))
    if grafana_content:
        grafana = settings.grafana.model_copy(update={"content": grafana_content})
        settings = settings.model_copy(update={"grafana": grafana})
    plan = plan_for(settings, stack)
    workloads = workloads_for(plan, lambda component: _reference(settings.images, catalog[component]) is not None)
    missing = {name: image.unavailable for name, image in catalog.items() if _reference(settings.images, image) is None}
    return Program(plan, workloads, missing)


def image_reference(settings: StackSettings, component: str) -> str:
    """The image a component runs, from where the settings take images."""
    reference = _reference(settings.images, load_catalog()[component])
    if reference is None:
        raise LookupError(f"{component} has no image for images.source {settings.images.source}")
    return reference


def _reference(images: Images, image: Image) -> str | None:
    if image.component in images.overrides:
        return images.overrides[image.component]
    if images.source == "built" and not image.built:
        return None
    return image.reference(images.source)


def stack_prefix(stack: str) -> str:
    """What the names of a stack's containers, networks and volumes start with."""
    return f"{PROJECT}-{stack}"


def stack_directory(settings: StackSettings, stack: str) -> Path:
    """Where on the Docker host a stack keeps its configuration and secret files."""
    return Path(settings.docker.directory).expanduser().resolve() / stack


def deploy(program: Program, config: pulumi.Config, *, directory: str) -> MonitoringStack:
    """Register every resource of the stack.

    Args:
        program: from `prepare_program`.
        config: the stack's configuration, for its secrets.
        directory: host directory of the Docker runtime's files.
    """
    plan, settings = program.plan, program.settings
    runtime: Runtime
    if settings.runtime == "docker":
        place = DockerPlace(plan.stack, stack_prefix(plan.stack), directory, settings.docker.networks)
        runtime = DockerRuntime(place, lambda component: image_reference(settings, component))
    else:
        runtime = KubernetesRuntime(
            settings.kubernetes, plan.stack, lambda component: image_reference(settings, component)
        )
    return MonitoringStack(PROJECT, plan, program.workloads, runtime, config)


def published_urls(settings: StackSettings, workloads: tuple[Workload, ...]) -> dict[str, str]:
    """Where people reach the stack, by component."""
    if settings.runtime != "docker":
        return {"grafana": settings.grafana.url}
    return {
        workload.name: f"http://127.0.0.1:{port.publish}"
        for workload in workloads
        for port in workload.ports
        if port.publish and port.name == "http"
    }

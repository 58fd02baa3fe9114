"""Containers of one Docker daemon."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_docker

from components.names import front_endpoints, sender_endpoints
from runtimes.capture import CapturedResource
from runtimes.docker import operations
from runtimes.docker.drift import areas
from runtimes.docker.health import connect
from runtimes.docker.render import compose_files
from runtimes.docker.runtime import DockerRuntime, DockerSite, computed
from runtimes.docker.settings import docker_settings
from runtimes.kind import RuntimeKind
from settings.model import StackSettings
from workloads.place import Place
from workloads.program import Program


def _place(settings: StackSettings) -> Place:
    """Everything is published on loopback."""
    docker = docker_settings(settings)
    published = docker.published()
    return Place(
        urls={
            endpoint.workload: f"http://127.0.0.1:{published[endpoint.published_as]}" for endpoint in front_endpoints()
        },
        senders={
            endpoint.name: f"http://127.0.0.1:{published[endpoint.published_as]}" for endpoint in sender_endpoints()
        },
        engine_data=docker.data_root,
        log_directory=f"{docker.data_root}/containers",
        commands="docker",
        networks=docker.networks,
        socket_group=docker.socket_group,
        log_sockets=docker.log_sockets,
    )


def _provider(_settings: StackSettings) -> pulumi.ProviderResource:
    """The daemon that the environment names (`DOCKER_HOST`), or the machine's own."""
    return pulumi_docker.Provider("docker")


def _runtime(program: Program, *, rendered: bool) -> DockerRuntime:
    """Deploys containers; their files are in the stack's folder on the Docker host."""
    settings, stack = docker_settings(program.settings), program.plan.stack
    directory = "." if rendered else str(settings.stack_directory(stack))
    site = DockerSite(program.name, stack, directory, settings, program.settings.protect_data)
    return DockerRuntime(site, program.images)


def _render(program: Program, captured: Sequence[CapturedResource]) -> Mapping[str, str]:
    """A Compose project with its configuration files."""
    return compose_files(captured, program.plan.stack)


KIND = RuntimeKind(
    place=_place,
    provider=_provider,
    runtime=_runtime,
    render=_render,
    tree=(
        "It is a Compose project: `make up` runs it where no Pulumi engine can be had, with the same"
        " containers, names and files. To run it by hand, put the files of `secrets.md` under `secrets/<workload>/`."
    ),
    renders_content=True,
    operations=operations,
    health=connect,
    computed=computed,
    drift=areas,
)

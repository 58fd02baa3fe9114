"""The Docker runtime: one machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pulumi

from runtimes.capture import CapturedResource
from runtimes.docker.settings import DockerSettings, docker_settings
from runtimes.health import Health
from runtimes.kind import RuntimeKind
from runtimes.operations import FindEngine, Target
from settings.model import StackSettings
from workloads.place import Place
from workloads.program import Program
from workloads.runtime import Runtime


class DockerKind(RuntimeKind):
    """Containers of one Docker daemon."""

    name = "docker"
    settings = DockerSettings
    renders_content = True
    tree = (
        "It is a Compose project: `make up` runs it where no Pulumi engine can be had, with the same"
        " containers, names and files. To run it by hand, put the files of `secrets.md` under `secrets/<workload>/`."
    )

    def place(self, settings: StackSettings) -> Place:
        """Everything is published on loopback."""
        docker = docker_settings(settings)
        return Place(
            urls={name.replace("_", "-"): f"http://127.0.0.1:{port}" for name, port in docker.published().items()},
            networks=docker.networks,
            socket_group=docker.socket_group,
        )

    def provider(self, settings: StackSettings) -> pulumi.ProviderResource:
        """The daemon that the environment names (`DOCKER_HOST`), or the machine's own."""
        import pulumi_docker

        return pulumi_docker.Provider("docker")

    def runtime(self, program: Program, *, rendered: bool) -> Runtime:
        """Deploys containers; files are in the stack's folder on the Docker host."""
        # Only here: a stack on another runtime does not need the provider's SDK.
        from runtimes.docker.runtime import DockerPlace, DockerRuntime

        settings, stack = docker_settings(program.settings), program.plan.stack
        directory = "." if rendered else str(settings.stack_directory(stack))
        return DockerRuntime(DockerPlace(stack, directory, settings), program.images)

    def render(self, program: Program, captured: Sequence[CapturedResource]) -> Mapping[str, str]:
        """A Compose project with its configuration files."""
        from runtimes.docker.render import compose_files

        return compose_files(captured, program.plan.stack)

    def up(self, target: Target, find_engine: FindEngine) -> tuple[Target, bool]:
        """Bring the stack up, by the engine or by Compose where there is none."""
        from runtimes.docker import operations

        return operations.up(target, find_engine)

    def prepare(self, target: Target) -> None:
        """See that every image of the stack is there."""
        from runtimes.docker import operations

        operations.prepare(target)

    def down(self, target: Target) -> None:
        """Stop every container of the stack."""
        from runtimes.docker import operations

        operations.down(target)

    def destroy(self, target: Target) -> bool:
        """Remove what the Compose project made."""
        from runtimes.docker import operations

        return operations.destroy(target)

    def remove_leftovers(self, target: Target) -> None:
        """Remove containers, volumes and networks of the stack by exact name."""
        from runtimes.docker import operations

        operations.remove_leftovers(target)

    def passwords(self, target: Target) -> Iterator[str]:
        """They are files in the stack's folder."""
        from runtimes.docker import operations

        return operations.passwords(target)

    def health(self, program: Program) -> Health:
        """The daemon of this machine, and the stack's folder."""
        from runtimes.docker.health import connect

        return connect(program)


RUNTIME = DockerKind()

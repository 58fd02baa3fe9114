"""What several test files share: the program of a stack, deployed onto the SDK's mocks, as plain data."""

from __future__ import annotations

import gc
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Protocol

import docker
import pytest
import yaml
from docker.errors import DockerException

from program.prepare import prepare_program
from rendering.render import captured_program
from runtimes.capture import CapturedResource
from settings.stackfile import PROJECT
from tests.earlier import pytest_addoption, pytest_runtestloop  # noqa: F401  # pytest looks for hooks here
from tests.plans import raw_configuration
from tests.proof import summary
from workloads.place import Place
from workloads.program import Program

ROOT = Path(__file__).resolve().parent.parent
CONTAINER = "docker:index/container:Container"
HOST_DIRECTORY = "pulumi-python:dynamic/monitoring:HostDirectory"
# Where the tests' stacks keep their files: beside the tree, as in a rendered one.
DIRECTORY = "."
# Somewhere to run, for workloads that are only described.
PLACE = Place(
    urls={name: f"http://{name}.example.com" for name in ("alertmanager", "grafana", "prometheus", "runbooks")}
)


@dataclass(frozen=True)
class Deployment:
    """A program and everything it registered."""

    program: Program
    resources: tuple[CapturedResource, ...]

    @cached_property
    def by_urn(self) -> dict[str, CapturedResource]:
        return {resource.urn: resource for resource in self.resources}

    def of(self, type_token: str) -> dict[str, CapturedResource]:
        """Resources of a type by logical name."""
        return {resource.name: resource for resource in self.resources if resource.type == type_token}

    @cached_property
    def containers(self) -> dict[str, CapturedResource]:
        """Docker containers by workload name; the one that readies the volumes is `prepare`."""
        prefix = f"{self.program.name}-"
        return {name.removeprefix(prefix): found for name, found in self.of(CONTAINER).items()}

    def container(self, workload: str) -> Mapping[str, Any]:
        """A container's inputs."""
        return self.containers[workload].inputs

    def files(self, workload: str, kind: Literal["config", "secrets"] = "config") -> dict[str, str]:
        """The files of a workload on the Docker host, by path relative to their directory."""
        directory = self.of(HOST_DIRECTORY).get(f"{self.program.name}-{workload}-{kind}")
        return dict(directory.inputs["files"]) if directory else {}

    def document(self, workload: str, name: str) -> Any:
        """A YAML configuration file, parsed."""
        return yaml.load(self.files(workload)[name], yaml.CSafeLoader)

    def first_of(self, workload: str) -> set[str]:
        """Names of the containers that must be ready before this one starts."""
        names = {found.urn: name for name, found in self.containers.items()}
        return {names[urn] for urn in self.containers[workload].depends_on if urn in names}


class Deploy(Protocol):
    """Deploys a shipped stack file onto mocks, with sections of it replaced."""

    def __call__(
        self, stack: str = "dev", *, secrets: Mapping[str, str] | None = None, **sections: object
    ) -> Deployment:
        """The deployment: `secrets` are set as with `pulumi config set --secret`; None removes a section."""
        ...


def deployment_of(program: Program, secrets: Mapping[str, str] | None = None) -> Deployment:
    """Every resource of a program, with the values of secrets that the owner of the stack has set."""
    config = {f"{PROJECT}:{name}": value for name, value in (secrets or {}).items()}
    return Deployment(program, tuple(captured_program(program, config)))


@pytest.fixture(scope="session")
def deployed() -> Deploy:
    """Deployments, each made once: tests read them and change nothing."""
    asked: dict[str, Deployment] = {}
    # Sections that say what the stack file or a default says anyway make the same stack.
    made: dict[str, Deployment] = {}

    def deploy_once(stack: str = "dev", *, secrets: Mapping[str, str] | None = None, **sections: object) -> Deployment:
        question = json.dumps([stack, secrets, sections], sort_keys=True)
        if question not in asked:
            program = prepare_program(raw_configuration(stack, sections, secrets), stack)
            settings = repr([stack, secrets, program.settings])
            if settings not in made:
                made[settings] = deployment_of(program, secrets)
            asked[question] = made[settings]
        return asked[question]

    return deploy_once


@pytest.fixture(scope="session")
def client() -> docker.DockerClient:
    """The machine's Docker daemon; without one, the tests that need it are skipped by name."""
    try:
        found = docker.from_env(timeout=120)
        found.ping()
    except DockerException as error:
        pytest.skip(f"missing: a Docker daemon that answers ({error})")
    return found


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say how many of the shipped alerts are proven; where results are kept for another run, that one says it."""
    if not config.getoption("--report-log"):
        terminalreporter.section("rules")
        terminalreporter.line(summary())


def pytest_collection_finish() -> None:
    """Seldom look for garbage: captured programs are many small objects that stay, and what is imported stays too."""
    gc.freeze()
    gc.set_threshold(100_000)

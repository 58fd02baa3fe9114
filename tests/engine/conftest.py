"""The real Pulumi engine, where its CLI and plugins are on PATH; elsewhere the skip names what is missing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import docker
import pytest
import yaml
from pulumi import automation

from components.discovery import DOCKER_SOCKET
from program.prepare import prepare_program
from settings.stackfile import read_stack_file
from tests.engine.cluster import Cluster, missing_programs, running_cluster

ROOT = Path(__file__).resolve().parents[2]
STACK = "engine"
PORTS = {
    "grafana": 23000,
    "prometheus": 29090,
    "alertmanager": 29093,
    "otlp_grpc": 24317,
    "otlp_http": 24318,
    "memory_api": 28000,
}
NETWORK = "monitoring-test-engine"
# Beside the dev stack's: an exporter that is sent to (UDP), and containers to look for (Docker socket, supplementary
# group, a network of others).
SERVICES: list[dict[str, object]] = [
    {"name": "pipelines", "kind": "airflow", "statsd_port": 29125},
    {"name": "found", "kind": "http", "discover": {"docker": {"labels": {"app": "found"}, "port": 8000}}},
]
NEEDED = ("pulumi", "pulumi-language-python", "pulumi-resource-docker", "pulumi-resource-random")


@dataclass(frozen=True)
class EngineStack:
    """A stack that the Automation API drives, in a project folder of its own."""

    stack: automation.Stack
    project: Path
    state: Path

    def configure(self, edit: dict[str, object]) -> None:
        """Merge keys into the stack file."""
        file = self.project / f"Pulumi.{STACK}.yaml"
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
        document["config"] |= edit
        file.write_text(yaml.safe_dump(document), encoding="utf-8")


@pytest.fixture(scope="session")
def engine(client: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineStack]:
    """The dev stack's services and a few more under another name, on the real engine; destroyed at the end."""
    missing = [program for program in NEEDED if shutil.which(program) is None]
    if missing:
        pytest.skip(f"missing on PATH: {', '.join(missing)} (the Pulumi CLI and its provider plugins)")
    project, state = tmp_path_factory.mktemp("project"), tmp_path_factory.mktemp("state")
    _copy_project(project)
    document = yaml.safe_load((ROOT / "Pulumi.dev.yaml").read_text(encoding="utf-8"))
    for left in client.networks.list(names=[NETWORK]):
        left.remove()
    network = client.networks.create(NETWORK)
    document["config"]["monitoring:services"] += SERVICES
    document["config"] |= {
        "monitoring:docker": {
            "directory": str(state / "files"),
            "ports": PORTS,
            "networks": [NETWORK],
            "socket_group": Path(DOCKER_SOCKET).stat().st_gid,
        },
        "monitoring:images": {"source": _source(client)},
    }
    (project / f"Pulumi.{STACK}.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
    (state / "backend").mkdir()
    stack = automation.create_or_select_stack(
        STACK,
        work_dir=str(project),
        opts=automation.LocalWorkspaceOptions(
            env_vars={
                "PULUMI_BACKEND_URL": f"file://{state / 'backend'}",
                "PULUMI_CONFIG_PASSPHRASE": "of this test",
                "PULUMI_SKIP_UPDATE_CHECK": "true",
            }
        ),
    )
    try:
        yield EngineStack(stack, project, state)
    finally:
        stack.destroy(on_output=None)
        network.remove()


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A Kubernetes cluster on loopback, stopped at the end."""
    if missing := missing_programs():
        pytest.skip(f"not compiled: {', '.join(missing)} (python -m images tool NAME, once)")
    with running_cluster(tmp_path_factory.mktemp("cluster")) as running:
        yield running


def _copy_project(folder: Path) -> None:
    """The program as links, so that stack settings and salts are written beside the links and not into the tree."""
    for path in ROOT.iterdir():
        if path.name not in {".git", "Pulumi.yaml"} and not path.name.startswith("Pulumi."):
            (folder / path.name).symlink_to(path)
    shutil.copy(ROOT / "Pulumi.yaml", folder / "Pulumi.yaml")


def _source(client: docker.DockerClient) -> str:
    """Images from upstream where they are on the machine, else the built ones."""
    program = prepare_program(read_stack_file(ROOT / "Pulumi.dev.yaml"), "dev")
    present = {tag for image in client.images.list() for tag in image.tags}
    upstream = program.images["prometheus"]
    return "registry" if upstream in present else "built"

"""A stack of its own on the machine's Docker: other name, ports and folder than the dev stack's."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
import httpx
import pytest
import yaml

from components.stores.store import Answer, Question
from program.prepare import prepare_program
from runtimes import runtime_kind
from settings.stackfile import read_stack_file
from tests.stacks import stack_file
from tests.watching import operations
from workloads.program import Program

STACK = "live"
PORTS = {
    "grafana": 13000,
    "prometheus": 19090,
    "alertmanager": 19093,
    "otlp_grpc": 14317,
    "otlp_http": 14318,
    "memory_api": 18000,
    "victorialogs": 19428,
    "jaeger": 26686,
    "viewer": 19097,
    "runbooks": 19096,
}


@dataclass
class LiveStack:
    """The stack under test, driven by the commands its users run."""

    folder: Path
    file: Path

    @property
    def directory(self) -> Path:
        return self.folder / "state" / STACK

    def run(
        self, command: str, *arguments: str, file: Path | None = None, stack: str = STACK
    ) -> subprocess.CompletedProcess[str]:
        """`make <command> ARGS=…` on it, or on another stack."""
        return operations(command, *arguments, stack=stack, file=file or self.file)

    def change(self, edit: dict[str, Any]) -> None:
        """Merge keys into the stack file's configuration."""
        document = yaml.safe_load(self.file.read_text(encoding="utf-8"))
        document["config"] |= edit
        self.file.write_text(yaml.safe_dump(document), encoding="utf-8")

    def secret(self, workload: str, name: str) -> str:
        return (self.directory / "secrets" / workload / name).read_text(encoding="utf-8")

    def secrets(self) -> dict[str, str]:
        kept: dict[str, dict[str, str]] = json.loads((self.directory / "secrets.json").read_text(encoding="utf-8"))
        return {name: secret["value"] for name, secret in kept.items()}

    def program(self) -> Program:
        """What was really deployed: images may have been built, which decides the stores."""
        kept = self.directory / "stack.yaml"
        return prepare_program(read_stack_file(kept if kept.exists() else self.file), STACK)

    def ask(self, question: Question[Answer]) -> Answer:
        """What a store answers to a question of verification."""
        health = runtime_kind(self.program().settings.runtime).health(self.program())
        return question.read(health.api(question.endpoint).text(question.path, question.params))

    def prometheus(self, path: str, **query: str) -> Any:
        answer = httpx.get(
            f"http://127.0.0.1:{PORTS['prometheus']}/api/v1/{path}",
            params=query,
            auth=("admin", self.secret("prometheus", "prometheusPassword")),
            timeout=30,
        )
        answer.raise_for_status()
        return answer.json()["data"]


@pytest.fixture(scope="session")
def stack(client: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveStack]:
    """The running stack; destroyed at the end, whatever happened."""
    folder = tmp_path_factory.mktemp("live")
    grafana = {"url": f"http://127.0.0.1:{PORTS['grafana']}"}
    live = LiveStack(folder, stack_file(folder, STACK, docker={"ports": PORTS}, grafana=grafana))
    try:
        yield live
    finally:
        live.run("destroy")


@pytest.fixture(scope="session")
def running(stack: LiveStack) -> LiveStack:
    """The stack after its first `make up`."""
    done = stack.run("up")
    assert done.returncode == 0, f"make up failed:\n{done.stdout}\n{done.stderr}"
    return stack

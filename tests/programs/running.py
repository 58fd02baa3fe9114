"""Programs of a stack, run from their rendered configuration: every one listens on loopback, on ports that are free."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import httpx

from components.endpoints import (
    GATEWAY_ALERTS,
    GATEWAY_HEALTH,
    GATEWAY_METRICS,
    GATEWAY_OTLP_GRPC,
    GATEWAY_OTLP_HTTP,
    GATEWAY_SPAN_METRICS,
    PROMETHEUS,
    Endpoint,
    GuardedEndpoint,
)
from components.stores import stores_of
from components.stores.store import Answer, Question, Stores
from images.build import tool_path
from program.prepare import prepare_program
from tests.plans import raw_configuration
from tests.programs.placed import write_files
from tests.waiting import free_ports, until
from workloads.program import Program
from workloads.workload import Workload

Answered = TypeVar("Answered")
_READY_SECONDS = 30.0
_GATEWAY = (
    *(GATEWAY_OTLP_GRPC, GATEWAY_OTLP_HTTP, GATEWAY_ALERTS, GATEWAY_SPAN_METRICS, GATEWAY_METRICS, GATEWAY_HEALTH),
)


def eventually(ask: Callable[[], Answered]) -> Answered:
    """What programs answer that have just been started or sent something."""
    return until(ask, _READY_SECONDS, forgives=(httpx.HTTPError,))


@dataclass
class Place:
    """Where the programs of a stack run in a test: a folder, and a port for each endpoint."""

    folder: Path
    program: Program
    ports: Mapping[Endpoint, int]

    def listening(self, workload: Workload, text: str) -> str:
        """Arguments or configuration with every address moved to where it is here."""
        for endpoint, port in self.ports.items():
            text = text.replace(endpoint.address, f"127.0.0.1:{port}")
            if endpoint.workload == workload.name:
                text = re.sub(rf"(?:0\.0\.0\.0|(?<==)):{endpoint.port}\b", f"127.0.0.1:{port}", text)
                text = text.replace(f"host: 0.0.0.0\n            port: {endpoint.port}", "")
                text = re.sub(rf"port: {endpoint.port}\b", f"port: {port}", text)
        return text

    def command(self, workload: Workload, tool: str, change: Callable[[str], str] = str) -> list[str]:
        """Write the workload's files; the command that runs it from them."""
        here = replace(workload, args=tuple(self.listening(workload, argument) for argument in workload.args))
        if workload.config:
            files = {name: change(self.listening(workload, text)) for name, text in workload.config.files.items()}
            here = replace(here, config=replace(workload.config, files=files))
        placed = write_files(here, self.folder / workload.name, self.folder / "secrets.json")
        return [str(tool_path(tool)), *placed.args]

    @contextmanager
    def running(
        self,
        workload: Workload,
        tool: str,
        ready: str,
        change: Callable[[str], str] = str,
        *,
        arguments: Sequence[str] = (),
        guard: Endpoint | None = None,
    ) -> Iterator[None]:
        """The workload's program, from the moment it answers at `ready` until the end of the block.

        Args:
            change: what is made of each of its files.
            arguments: beside its own.
            guard: the endpoint whose login it asks for at `ready`.
        """
        log = self.folder / f"{workload.name}.log"
        command = [*self.command(workload, tool, change), *arguments]
        login = self.login(guard) if guard else None
        with log.open("w") as output:
            process = subprocess.Popen(command, stdout=output, stderr=output, env={"PATH": "/bin"})
            try:
                up = eventually(lambda: process.poll() is not None or httpx.get(ready, auth=login).status_code == 200)
                assert up is True and process.poll() is None, log.read_text(encoding="utf-8")
                yield
            finally:
                process.terminate()
                process.wait(timeout=30)

    def url(self, endpoint: Endpoint) -> str:
        return f"http://127.0.0.1:{self.ports[endpoint]}"

    def login(self, endpoint: Endpoint) -> tuple[str, str] | None:
        if not isinstance(endpoint, GuardedEndpoint):
            return None
        file = self.folder / endpoint.workload / "secrets" / endpoint.login.secret
        return endpoint.login.username, file.read_text(encoding="utf-8")

    def ask(self, question: Question[Answer]) -> Answer:
        """What a store answers to a question of verification."""
        auth = self.login(question.endpoint)
        answer = httpx.get(f"{self.url(question.endpoint)}{question.path}", params=question.params, auth=auth)
        answer.raise_for_status()
        return question.read(answer.text)

    @property
    def stores(self) -> Stores:
        return stores_of(self.program.settings)

    def workload(self, name: str) -> Workload:
        (found,) = [workload for workload in self.program.workloads if workload.name == name]
        return found


def place_for(folder: Path, **sections: object) -> Place:
    """A place for the dev stack with its built images, and with other sections where they are given."""
    program = prepare_program(raw_configuration("dev", {"images": {"source": "built"}, **sections}), "dev")
    endpoints = [
        *_GATEWAY,
        PROMETHEUS,
        *(endpoint for store in stores_of(program.settings).both for endpoint in store.endpoints),
    ]
    return Place(folder, program, dict(zip(endpoints, free_ports(len(endpoints)), strict=True)))


def health(place: Place, component: str) -> str:
    """The address of a workload's health check."""
    probe: Any = place.workload(component).probe
    (endpoint,) = [found for found in place.ports if (found.workload, found.port) == (component, probe.port)]
    return f"{place.url(endpoint)}{probe.path}"

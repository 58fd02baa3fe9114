"""How the pots are."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from components.endpoints import Endpoint
from runtimes.health import Api, CouldNotRunError, Exposure, NoWayError, WorkloadHealth, up_command
from workloads.program import Program

from .operations import BOILING


@dataclass(frozen=True)
class KettleHealth:
    """The stove, looked at."""

    stack: str
    directory: Path
    confinement: str = "inside the kitchen only"

    def require_up(self, workloads: Iterable[str]) -> None:
        """See that something boils."""
        if not set(workloads) & self._boiling():
            raise CouldNotRunError(f"Stack {self.stack} is not up: nothing boils. Run {up_command(self.stack)}.")

    def workloads(self, names: Iterable[str]) -> dict[str, WorkloadHealth]:
        """Whether each pot boils."""
        boiling = self._boiling()
        return {
            name: WorkloadHealth("healthy", "boils") if name in boiling else WorkloadHealth("broken", "is cold.")
            for name in names
        }

    def exposure(self) -> Exposure:
        """Nothing leaves the kitchen."""
        return Exposure(f"{len(self._boiling())} pots", ())

    def unread_logs(self) -> tuple[str, ...]:
        """A pot says everything aloud."""
        return ()

    def api(self, endpoint: Endpoint) -> Api:
        """A pot cannot be asked."""
        raise NoWayError(f"{endpoint.workload} is a pot: listen to it.")

    def address(self, endpoint: Endpoint) -> str:
        """A pot has no address."""
        raise NoWayError(f"{endpoint.workload} is a pot: go there.")

    def password(self, workload: str, file: str) -> str:
        """A pot has no password."""
        raise NoWayError(f"{workload} is a pot: lift the lid.")

    def logs(self, workload: str) -> str:
        """What it said."""
        return f"listen to {workload}"

    def _boiling(self) -> set[str]:
        file = self.directory / BOILING
        return set(json.loads(file.read_text(encoding="utf-8"))) if file.exists() else set()


def connect(program: Program) -> KettleHealth:
    """The stove of a stack."""
    return KettleHealth(program.plan.stack, program.settings.runtime_section.stack_directory(program.plan.stack))

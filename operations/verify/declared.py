"""What the stack file says should be running: the same program as `pulumi up` and `make render` run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

import yaml

from components.endpoints import PROMETHEUS
from operations.target import load_target
from runtimes.console import Failure
from runtimes.health import CouldNotRunError, not_readable, up_command
from settings.errors import ConfigurationError
from settings.model import StackSettings
from workloads.program import Program
from workloads.workload import Workload


@dataclass(frozen=True)
class Declared:
    """A stack as declared."""

    stack: str
    program: Program

    @property
    def settings(self) -> StackSettings:
        """The checked settings."""
        return self.program.settings

    def workload(self, name: str) -> Workload | None:
        """A workload by name; None when it is not part of the stack."""
        return next((workload for workload in self.program.workloads if workload.name == name), None)

    def up(self) -> str:
        """The command that brings the stack up."""
        return up_command(self.stack)

    @cached_property
    def targets_by_job(self) -> Mapping[str, int | None]:
        """The declared scrape jobs, in order, with how many targets each has; None where they are discovered."""
        document = yaml.load(self._prometheus_files()["prometheus.yml"], yaml.CSafeLoader)
        return {str(job["job_name"]): _count(job.get("static_configs")) for job in document["scrape_configs"]}

    @cached_property
    def rules_by_file(self) -> Counter[str]:
        """How many rules each of Prometheus' rule files has, by file name; files without rules are left out."""
        rules = Counter[str]()
        for path, text in self._prometheus_files().items():
            if path.startswith("rules/"):
                groups = yaml.load(text, yaml.CSafeLoader)["groups"]
                rules[PurePosixPath(path).name] = sum(len(group["rules"]) for group in groups)
        return +rules

    def _prometheus_files(self) -> Mapping[str, str]:
        """What Prometheus is configured with: the truth about jobs and rules, whatever they were derived from."""
        prometheus = self.workload(PROMETHEUS.workload)
        return prometheus.config.files if prometheus and prometheus.config else {}


def read_declared(stack: str, file: Path | None) -> Declared:
    """Read the stack file; or, where `make up` has kept one, the file as it is really deployed.

    Raises:
        CouldNotRunError: with every mistake in it.
    """
    try:
        # Images may have been built instead of pulled, which decides what is part of the stack.
        program = load_target(stack, file).as_deployed().program
    except (ConfigurationError, Failure) as error:
        raise CouldNotRunError(str(error)) from None
    except PermissionError as error:
        raise CouldNotRunError(not_readable(error.filename)) from None
    return Declared(stack, program)


def _count(groups: Iterable[Mapping[str, list[str]]] | None) -> int | None:
    return None if groups is None else sum(len(group["targets"]) for group in groups)

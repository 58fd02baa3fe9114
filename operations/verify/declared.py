"""What the stack file says should be running: the same program as `pulumi up` and `make render` run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

import yaml

from components.program import Program, prepare_program, stack_prefix
from operations.console import Failure
from operations.target import load_target
from operations.verify.rows import CouldNotRunError, NoAnswerError
from runtimes.workload import Workload
from settings.errors import ConfigurationError
from settings.model import StackSettings
from settings.stackfile import read_stack_file

_AS_OWNER = "run this as the user who ran make up"


@dataclass(frozen=True)
class Declared:
    """A stack as declared.

    Attributes:
        directory: where the runtime keeps the stack's configuration and secret files.
    """

    stack: str
    program: Program
    directory: Path

    @property
    def settings(self) -> StackSettings:
        """The checked settings."""
        return self.program.settings

    def container(self, workload: str) -> str:
        """The name of a workload's container."""
        return f"{stack_prefix(self.stack)}-{workload}"

    def workload(self, name: str) -> Workload | None:
        """A workload by name; None when it is not part of the stack."""
        return next((workload for workload in self.program.workloads if workload.name == name), None)

    def logs(self, workload: str) -> str:
        """The command that shows what a workload said."""
        return f"docker logs {self.container(workload)}"

    def up(self) -> str:
        """The command that brings the stack up."""
        return "make up" if self.stack == "dev" else f"make up STACK={self.stack}"

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
        prometheus = self.workload("prometheus")
        return prometheus.config.files if prometheus and prometheus.config else {}

    def password(self, workload: str, file: str) -> str:
        """A secret that the runtime wrote for a workload. Never to be shown.

        Raises:
            NoAnswerError: when it cannot be read.
        """
        path = self.directory / "secrets" / workload / file
        try:
            return path.read_text(encoding="utf-8").strip()
        except PermissionError:
            raise NoAnswerError(f"{path} may not be read: {_AS_OWNER}.") from None
        except OSError:
            raise NoAnswerError(f"{path} does not exist: run {self.up()}, which writes it.") from None


def read_declared(stack: str, file: Path | None) -> Declared:
    """Read the stack file; or, where `make up` has kept one, the file as it is really deployed.

    Raises:
        CouldNotRunError: with every mistake in it, or because its runtime cannot be reached.
    """
    try:
        target = load_target(stack, file)
        program = target.program
        if program.settings.runtime != "docker":
            raise CouldNotRunError(f"Stack {stack} runs on Kubernetes, which verify cannot reach yet.")
        # Images may have been built instead of pulled, which decides what is part of the stack.
        if target.effective_file.is_file():
            program = prepare_program(read_stack_file(target.effective_file), stack)
    except (ConfigurationError, Failure) as error:
        raise CouldNotRunError(str(error)) from None
    except PermissionError as error:
        raise CouldNotRunError(f"{error.filename} may not be read: {_AS_OWNER}.") from None
    return Declared(stack, program, target.directory)


def _count(groups: Iterable[Mapping[str, list[str]]] | None) -> int | None:
    return None if groups is None else sum(len(group["targets"]) for group in groups)

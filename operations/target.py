"""What a command works on: a stack file, the program it describes, and the stack's folder on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from program.prepare import prepare_program
from rendering.render import captured_program
from runtimes.capture import CapturedResource
from runtimes.files import replace_file
from runtimes.secrets import with_given
from settings.stackfile import PROJECT, RawConfiguration, check_stack_name, read_stack_file
from settings.types import ImageSource
from workloads.program import Program

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class LoadedTarget:
    """A stack.

    Attributes:
        file: the stack file its owner wrote.
        raw: what it says, with the image source that is really used.
        program: what that means. Without an engine Grafana's content comes from files.
    """

    stack: str
    file: Path
    raw: RawConfiguration
    program: Program

    @property
    def directory(self) -> Path:
        """The stack's folder: configuration, secrets, state."""
        return self.program.settings.runtime_section.stack_directory(self.stack)

    @property
    def effective_file(self) -> Path:
        """The stack file as it is really deployed."""
        return self.directory / "stack.yaml"

    def with_image_source(self, source: ImageSource) -> LoadedTarget:
        """The same stack with images from another place."""
        images = self.raw.values.get("images")
        values = {
            **self.raw.values,
            "images": {**(images if isinstance(images, dict) else {}), "source": source},
        }
        raw = replace(self.raw, values=values)
        return replace(self, raw=raw, program=prepare_program(raw, self.stack))

    def with_file_content(self) -> LoadedTarget:
        """The same stack with Grafana's content from files, for when no provider can run."""
        return self._from_files

    @cached_property
    def _from_files(self) -> LoadedTarget:
        return replace(self, program=prepare_program(self.raw, self.stack, grafana_content="files"))

    def as_deployed(self) -> LoadedTarget:
        """The stack as it was last brought up: its settings may have changed since, and images may be others."""
        return load_target(self.stack, self.effective_file) if self.effective_file.is_file() else self

    def captured(self) -> Sequence[CapturedResource]:
        """Every resource of the program, as it would stand in a rendered tree; found once."""
        return self._captured

    @cached_property
    def _captured(self) -> Sequence[CapturedResource]:
        return captured_program(self.program)

    def document(self) -> dict[str, Any]:
        """The stack file with what it extends laid under it, as one that extends nothing."""
        owners: dict[str, Any] = yaml.load(self.file.read_text(encoding="utf-8"), yaml.CSafeLoader)
        others = {*self.raw.foreign, *(f"{PROJECT}:{secret}" for secret in self.raw.secrets_set)}
        config = {key: value for key, value in owners["config"].items() if key in others}
        return {**owners, "config": config | {f"{PROJECT}:{key}": value for key, value in self.raw.values.items()}}

    def keep_settings(self) -> None:
        """Write the stack file as it is deployed into the stack's folder, where the engine and verify read it."""
        document: dict[str, Any] = {}
        if self.effective_file.exists():
            document = yaml.load(self.effective_file.read_text(encoding="utf-8"), yaml.CSafeLoader) or {}
        # Pulumi keeps the salt of its secrets in this file: it must survive.
        document |= self.document()
        self.directory.mkdir(parents=True, exist_ok=True)
        self.directory.chmod(0o700)
        replace_file(self.effective_file, yaml.dump(document, Dumper=yaml.CSafeDumper, sort_keys=False))
        self.effective_file.chmod(0o600)  # Pulumi writes its salt into it


def load_target(
    stack: str, file: Path | None = None, *, now: datetime | None = None, asking: bool = False
) -> LoadedTarget:
    """Read a stack's file and check it.

    Args:
        stack: its name.
        file: its file; default: `Pulumi.<stack>.yaml`.
        now: the time, when the file is about to be deployed: then maintenance that is over is a mistake.
        asking: a secret that is not set is no mistake, because somebody is asked for it.

    Raises:
        ConfigurationError: naming every mistake, in the file or in the stack's name.
    """
    check_stack_name(stack)
    path = file or ROOT / f"Pulumi.{stack}.yaml"
    raw = read_stack_file(path)
    raw = replace(raw, secrets_given=None) if asking else with_given(raw, stack)
    return LoadedTarget(stack, path, raw, prepare_program(raw, stack, now=now))

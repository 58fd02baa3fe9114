"""A stack that tests bring up, change and destroy by the commands that people use."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from operations.down import destroy
from operations.up import up

ROOT = Path(__file__).resolve().parents[2]
STACK = "engine"
Edit = Callable[[dict[str, Any]], object]
"""Changes the `config` of a stack file."""


@dataclass(frozen=True)
class EngineStack:
    """A stack file of its own, and the commands on it."""

    file: Path

    def edit(self, change: Edit) -> None:
        """Change the stack file."""
        document = yaml.safe_load(self.file.read_text(encoding="utf-8"))
        change(document["config"])
        self.file.write_text(yaml.safe_dump(document), encoding="utf-8")

    def up(self, change: Edit | None = None) -> None:
        """`make up`, without its verification, after a change of the stack file."""
        if change:
            self.edit(change)
        up(STACK, self.file)

    def destroy(self) -> None:
        """`make destroy`."""
        destroy(STACK, self.file)

    def started(self, command: str) -> subprocess.Popen[str]:
        """A command as people start it, in a process group of its own."""
        arguments = [sys.executable, "-m", "operations", command, "--stack", STACK, "--file", str(self.file)]
        return subprocess.Popen(
            arguments, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )

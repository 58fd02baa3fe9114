"""What commands hand to a runtime's own up, down and destroy: the stack they work on, and the engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from runtimes.capture import CapturedResource
from settings.model import ImageSource
from workloads.program import Program


class Target(Protocol):
    """The stack that a command works on."""

    @property
    def stack(self) -> str:
        """The stack's name."""
        ...

    @property
    def program(self) -> Program:
        """What the stack file means. Without an engine Grafana's content comes from files."""
        ...

    @property
    def directory(self) -> Path:
        """The stack's folder on this machine: state, and what its runtime keeps there."""
        ...

    @property
    def effective_file(self) -> Path:
        """The stack file as it is really deployed."""
        ...

    def with_image_source(self, source: ImageSource) -> Target:
        """The same stack with images from another place."""
        ...

    def with_file_content(self) -> Target:
        """The same stack with Grafana's content from files, for when no provider can run."""
        ...

    def captured(self) -> list[CapturedResource]:
        """Every resource of the program, as it would stand in a rendered tree."""
        ...

    def keep_settings(self) -> None:
        """Write the stack file as it is deployed into the stack's folder, where later commands read it."""
        ...


class Engine(Protocol):
    """A Pulumi engine that can deploy the stack."""

    def up(self, target: Target) -> bool:
        """Create the stack when it is new, then bring it up; False when nothing had to change."""
        ...

    def destroy(self, target: Target) -> None:
        """Remove every resource and the stack's state."""
        ...


FindEngine = Callable[[Target], tuple[Engine | None, str]]
"""The engine for a stack, or None and why there is none."""

"""What a runtime's section of the stack file is; each runtime has its own in its folder below `runtimes/`."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Self

from pydantic import Field

from settings.section import Section
from settings.types import Directory


class RuntimeSettings(Section):
    """Base of every runtime's section."""

    # The Pulumi package of its resources: their types begin with it, and so do the keys that configure its provider.
    package: ClassVar[str]
    # Ways of `discover` that only this kind of place can offer.
    discovers: ClassVar[tuple[str, ...]] = ()
    # Whether the whole stack runs on one machine, so that its node exporter speaks of that machine alone.
    one_machine: ClassVar[bool] = False
    # What the programs of the stack call the machine that they run on; empty where there is no such name.
    machine_name: ClassVar[str] = ""

    directory: Directory = Field(
        default="~/.local/state/monitoring",
        description="Directory on the machine that deploys, for what belongs to it; a folder per stack is made in it.",
    )

    def named(self, name: str, stack: str) -> Self:
        """The section with what it says by default of a MonitoringStack of this name, in a stack of this name."""
        return self

    def stack_directory(self, stack: str) -> Path:
        """The stack's folder."""
        return Path(self.directory).expanduser().resolve() / stack

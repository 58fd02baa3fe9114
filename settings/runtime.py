"""What a runtime's section of the stack file is; each runtime has its own in its folder below `runtimes/`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from settings.errors import Mistake
from settings.section import Section

if TYPE_CHECKING:
    # A check reads what is known, which holds this class: only the annotation needs it.
    from settings.checks.checked import Checked


class RuntimeSettings(Section):
    """Base of `monitoring:docker`, `monitoring:kubernetes` and the sections of other runtimes."""

    # Ways of `discover` that only this kind of place can offer.
    discovers: ClassVar[tuple[str, ...]] = ()

    directory: str = Field(
        default="~/.local/state/monitoring",
        min_length=1,
        description="Directory on the machine that deploys, for what belongs to it; a folder per stack is made in it.",
    )

    @classmethod
    def mistakes(cls, checked: Checked) -> Iterator[Mistake]:
        """Yield mistakes that only this kind of runtime knows of; asked when the stack file names it."""
        yield from ()

    def stack_directory(self, stack: str) -> Path:
        """The stack's folder."""
        return Path(self.directory).expanduser().resolve() / stack

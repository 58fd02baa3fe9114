"""The section `monitoring:kettle` of a stack file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from settings.checks.checked import Checked
from settings.errors import Mistake
from settings.model import StackSettings
from settings.runtime import RuntimeSettings


class KettleSettings(RuntimeSettings):
    """The stove."""

    package: ClassVar[str] = "kettle"
    one_machine: ClassVar[bool] = True
    discovers: ClassVar[tuple[str, ...]] = ("files",)

    plates: int = Field(default=40, ge=1, le=100, description="How many pots it has room for.")


SECTION = KettleSettings


def kettle_settings(settings: StackSettings) -> KettleSettings:
    """The section of a stack that runs on this runtime."""
    assert isinstance(settings.runtime_section, KettleSettings)
    return settings.runtime_section


def check(checked: Checked) -> Iterator[Mistake]:
    """Yield a stove without room for the services."""
    if checked.settings is not None and len(checked.services) > kettle_settings(checked.settings).plates:
        yield Mistake("kettle.plates", "less than one for each service", "a plate for each service")

"""Base of everything in the stack file, and how a section reports a mistake that no single field can see."""

from __future__ import annotations

from pydantic import AfterValidator, BaseModel, ConfigDict
from pydantic_core import PydanticCustomError

MISTAKE = "mistake"


class Section(BaseModel):
    """Base of everything in the stack file: unknown keys are mistakes, nothing is converted or changed."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def mistake(found: str, allowed: str, action: str = "", *, field: str = "") -> PydanticCustomError:
    """What a validator raises; `settings.load` makes a `Mistake` of it.

    Args:
        found: what stands there.
        allowed: what may stand there.
        action: what to do, when `allowed` does not already say it.
        field: the field below the validated section that is wrong, when it is one.
    """
    return PydanticCustomError(
        MISTAKE, "{found}", {"found": found, "allowed": allowed, "action": action, "field": field}
    )


def _each_once(entries: tuple[str, ...]) -> tuple[str, ...]:
    if twice := sorted({entry for entry in entries if entries.count(entry) > 1}):
        raise mistake(f"{' and '.join(map(repr, twice))} more than once", "each entry once", "Leave one of them.")
    return entries


EachOnce = AfterValidator(_each_once)
"""For a list of texts that may not stand in it twice: what is made of an entry would be there twice too."""

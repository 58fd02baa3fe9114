"""Mistakes in the stack configuration, collected and reported together."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_LONGEST_FOUND = 60
# From how many letters on a found value counts as the beginning of a longer name.
_SHORTEST_BEGINNING = 3


@dataclass(frozen=True, order=True)
class Mistake:
    """One wrong value in the stack file.

    Attributes:
        path: where it is, as a reader would look for it: `services[2].target`.
        found: what stands there, or `nothing` where a value is missing.
        allowed: what may stand there.
        action: what to do, when `allowed` does not already say it.
    """

    path: str
    found: str
    allowed: str
    action: str = ""

    def __str__(self) -> str:
        sentence = f"{self.path}: found {self.found}. Allowed: {self.allowed}."
        return f"{sentence} {self.action}" if self.action else sentence


class ConfigurationError(Exception):
    """The stack configuration has mistakes; the message lists all of them.

    Attributes:
        source: the file the configuration came from.
        mistakes: every mistake, in the order of the file.
    """

    def __init__(self, source: str, mistakes: Sequence[Mistake]) -> None:
        self.source = source
        self.mistakes = tuple(mistakes)
        count = len(self.mistakes)
        noun = "mistake" if count == 1 else "mistakes"
        lines = [f"{source}: {count} {noun}, nothing was deployed."]
        lines += [f"  {number}. {mistake}" for number, mistake in enumerate(self.mistakes, start=1)]
        super().__init__("\n".join(lines))


def shown(value: object) -> str:
    """How a found value is quoted in a mistake: short, and telling strings from numbers."""
    if value is None:
        return "nothing"
    text = repr(value) if not isinstance(value, bool) else str(value).lower()
    return text if len(text) <= _LONGEST_FOUND else f"{text[: _LONGEST_FOUND - 1]}…"


def listed(names: Iterable[str]) -> str:
    """Allowed names as prose, sorted."""
    return ", ".join(sorted(names)) or "none here"


def did_you_mean(found: object, names: Iterable[str]) -> str:
    """`Did you mean 'x'?` for the nearest valid name, or nothing when none is near."""
    valid, wrong = list(names), str(found)
    near = difflib.get_close_matches(wrong, valid, n=1, cutoff=0.6)
    if not near and len(wrong) >= _SHORTEST_BEGINNING:
        near = [name for name in valid if name.startswith(wrong)]
    return f"Did you mean {near[0]!r}?" if near else ""

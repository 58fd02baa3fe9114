"""One line of the result, and the checks that make them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Status = Literal["passed", "failed", "skipped"]


@dataclass(frozen=True)
class Row:
    """The answer to one question about the stack.

    Attributes:
        name: what was asked; the same in every run of the same stack file.
        detail: what was found, and on failure what to do; one sentence.
        may_change: the failure can go away by itself, so it is worth asking again.
    """

    name: str
    status: Status
    detail: str
    may_change: bool = False


@dataclass(frozen=True)
class Check:
    """A question, or several that one request answers.

    Attributes:
        names: of the rows it makes, also when nobody answers.
        run: asks once.
    """

    names: tuple[str, ...]
    run: Callable[[], list[Row]]

    @classmethod
    def one(cls, name: str, ask: Callable[[str], Row]) -> Check:
        """A check with a single row; `ask` is given its name."""
        return cls((name,), lambda: [ask(name)])


def passed(name: str, detail: str) -> Row:
    """The row of what works."""
    return Row(name, "passed", detail)


def failed(name: str, detail: str) -> Row:
    """The row of what does not work and will not without somebody's help."""
    return Row(name, "failed", detail)


def not_yet(name: str, detail: str) -> Row:
    """The row of what does not work, but may in a moment."""
    return Row(name, "failed", detail, may_change=True)


def skipped(name: str, reason: str) -> Row:
    """The row of what is not part of this stack, or cannot be asked from here."""
    return Row(name, "skipped", reason)

"""What differs between a program and what runs, in words that are the same for every runtime and every program."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from typing import Literal

from runtimes.health import CouldNotRunError
from runtimes.operations import Target

Change = Literal["missing", "extra", "changed"]


@dataclass(frozen=True)
class Difference:
    """One thing that is not as the program says.

    Attributes:
        thing: what it is one of, such as `container`.
        name: which one.
        change: missing: the program has it and nothing else does; extra: the other way round.
        lines: how it differs; what the program says after `- `, what there is after `+ `.
        mend: the command that makes it what the program says, or a sentence.
    """

    thing: str
    name: str
    change: Change
    mend: str
    lines: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """Thing and change, such as `container missing`."""
        return f"{self.thing} {self.change}"


@dataclass(frozen=True)
class Compared:
    """What came of one comparison.

    Attributes:
        count: how many things of the program were compared.
    """

    count: int
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True)
class Area:
    """Things of one sort, to be compared.

    Attributes:
        name: of the sort, in the plural.
        compare: asks and compares once.

            Raises:
                NoWayError: when this stack has no such thing, or it cannot be asked from this machine.
                NoAnswerError: when it should answer and does not.
    """

    name: str
    compare: Callable[[], Compared]


FindDrift = Callable[[Target], Sequence[Area]]
"""What a runtime can compare of a stack as it was deployed: its containers, or whatever it has, and their files.

Raises:
    CouldNotRunError: when it does not answer, or cannot compare anything.
"""


def nothing_compared(target: Target) -> Sequence[Area]:
    """A runtime whose own things are not compared yet: to compare the rest only would tell less than it seems to.

    Raises:
        CouldNotRunError: always, with the runtime's name.
    """
    runtime = target.program.settings.runtime
    raise CouldNotRunError(
        f"Drift of a stack that runs on {runtime} is not compared yet; `pulumi preview --refresh --diff` shows what the"
        " engine knows of it."
    )


def by_name(
    thing: str,
    wanted: Mapping[str, object],
    found: Iterable[str],
    mend: Callable[[str, Change], str],
) -> Iterator[Difference]:
    """Things that only one side has.

    Args:
        thing: what they are.
        wanted: the program's, by name.
        found: names of those that there are.
        mend: what to do, from name and change.
    """
    there = set(found)
    for name in sorted(wanted.keys() | there):
        if name not in there:
            yield Difference(thing, name, "missing", mend(name, "missing"))
        elif name not in wanted:
            yield Difference(thing, name, "extra", mend(name, "extra"))


def said_otherwise(name: str, wanted: object, found: object) -> tuple[str, ...]:
    """The lines of one property that differs."""
    return (f"{name}:", f"- {_shown(wanted)}", f"+ {_shown(found)}")


def text_lines(wanted: str, found: str) -> tuple[str, ...]:
    """The lines of a text that differs, with two lines of what surrounds them."""
    diff = unified_diff(wanted.splitlines(), found.splitlines(), n=2, lineterm="")
    # The first two name the files, which the reader knows already.
    return tuple(diff)[2:] or ("only the end of the last line differs",)


def _shown(value: object) -> str:
    if value is None or value in ("", [], {}):
        return "nothing"
    return value if isinstance(value, str) else str(value)

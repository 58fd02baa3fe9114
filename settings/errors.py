"""Mistakes in the stack configuration, collected and reported together."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

_LONGEST_FOUND = 60
# A place in words, a list of names: longer ones are cut.
_LONGEST_PART = 160
_MOST_LISTED = 60
# From how many letters on a found value counts as the beginning of a longer name.
_SHORTEST_BEGINNING = 3
# Longer texts are no misspelt names, and comparing them takes long.
_LONGEST_NAME = 80
# What a person reads at once; the rest shows itself when these are mended.
_MOST_SHOWN = 50
# So many mistakes of one kind are told one by one; more are told once, with a count.
_FEW = 3
_MOST_PLACES = 5
_INDEX = re.compile(r"\[\d+\]")
# In an address with a login, user:password@host, up to the last @: a password may have any character. The digest of an
# image stands behind an @ too.
_PASSWORD = re.compile(r"""(?<=[^\s'"/]):(?!//|\s)[^'"]*@(?!sha256:)""")


@dataclass(frozen=True, order=True)
class Mistake:
    """One wrong value in the stack file.

    Attributes:
        path: where it is, as a reader would look for it: `services[2].target`.
        found: what stands there, or `nothing` where a value is missing.
        allowed: what may stand there.
        action: what to do, when `allowed` does not already say it.
        line: of the file; None where nobody knows it: the engine hands over values without their places.
        file: where it stands when that is not the stack file itself: the name of the file that it extends.
    """

    path: str
    found: str
    allowed: str
    action: str = ""
    line: int | None = field(default=None, compare=False)
    file: str = field(default="", compare=False)

    @property
    def place(self) -> str:
        """The path, and its file and line where they have to be said and are known."""
        path = _cut(printable(self.path), _LONGEST_PART)
        where = [printable(self.file)] if self.file else []
        where += [] if self.line is None else [f"line {self.line}"]
        return f"{path} ({', '.join(where)})" if where else path

    def __str__(self) -> str:
        found = _cut(printable(without_passwords(self.found)), _LONGEST_PART)
        sentence = f"{self.place}: found {found}. Allowed: {printable(self.allowed)}."
        return f"{sentence} {printable(without_passwords(self.action))}" if self.action else sentence


class ConfigurationError(Exception):
    """The stack configuration has mistakes; the message lists all of them, and those that are alike once.

    Attributes:
        source: the file the configuration came from.
        mistakes: every mistake, in the order of the file.
    """

    def __init__(self, source: str, mistakes: Sequence[Mistake]) -> None:
        self.source = source
        self.mistakes = tuple(mistakes)
        count = len(self.mistakes)
        noun = "mistake" if count == 1 else "mistakes"
        lines = [f"{printable(source)}: {count} {noun}, nothing was deployed."]
        told = _told(self.mistakes)
        lines += [f"  {number}. {text}" for number, text in enumerate(told[:_MOST_SHOWN], start=1)]
        if len(told) > _MOST_SHOWN:
            lines.append(f"  … and {len(told) - _MOST_SHOWN} more: mend these first.")
        super().__init__("\n".join(lines))


def _told(mistakes: Sequence[Mistake]) -> list[str]:
    """One text for each mistake, or for all that are alike: the same key of different entries, of which as much holds.

    Where there are more than a few of a kind, the first stands for them.
    """
    kinds: dict[tuple[str, str], list[Mistake]] = {}
    for mistake in mistakes:
        kinds.setdefault(_kind(mistake), []).append(mistake)
    told: list[str] = []
    for mistake in mistakes:
        alike = kinds[_kind(mistake)]
        if len(alike) <= _FEW:
            told.append(str(mistake))
        elif mistake is alike[0]:
            places = ", ".join(other.place for other in alike[1 : _MOST_PLACES + 1])
            more = ", …" if len(alike) > _MOST_PLACES + 1 else ""
            told.append(f"{mistake} {len(alike) - 1} more of this kind: {places}{more}.")
    return told


def _kind(mistake: Mistake) -> tuple[str, str]:
    return _INDEX.sub("[]", mistake.path), mistake.allowed


def shown(value: object) -> str:
    """How a found value is quoted in a mistake: short, telling strings from numbers, without the password of a URL."""
    if value is None:
        return "nothing"
    text = repr(value) if not isinstance(value, bool) else str(value).lower()
    # Before it is cut: what is left of an address would not be known for one.
    return _cut(without_passwords(text), _LONGEST_FOUND)


def without_passwords(text: str) -> str:
    """The text with a sign in place of the passwords of its addresses: logs of CI are read by many."""
    return _PASSWORD.sub(":…@", text)


def printable(text: str) -> str:
    """The text with what cannot be seen, such as control characters, written as in a Python string."""
    return text if text.isprintable() else "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def listed(names: Iterable[str]) -> str:
    """Allowed names as prose, sorted; of many, the first."""
    ordered = sorted(names)
    more = f" and {len(ordered) - _MOST_LISTED} more" if len(ordered) > _MOST_LISTED else ""
    return f"{', '.join(ordered[:_MOST_LISTED])}{more}" or "none here"


def joined(path: str, *steps: int | str) -> str:
    """A place inside a place: `services`, 2, `target` is `services[2].target`; a key of no characters is `''`."""
    for step in steps:
        name = f"[{step}]" if isinstance(step, int) else step or "''"
        path = f"{path}.{name}" if path and isinstance(step, str) else f"{path}{name}"
    return path


def did_you_mean(found: object, names: Iterable[str]) -> str:
    """`Did you mean 'x'?` for the nearest valid name, or nothing when none is near."""
    near = nearest(found, names)
    return f"Did you mean {near!r}?" if near else ""


def nearest(found: object, names: Iterable[str]) -> str | None:
    """The valid name that somebody most likely meant; None when none is near."""
    wrong = str(found)[:_LONGEST_NAME].lower()
    if len(wrong) == _LONGEST_NAME:
        return None
    # By its small letters: many a name is misspelt by a capital.
    valid = {name.lower(): name for name in names}
    # Of very many names only those that begin alike: comparing each with each takes minutes.
    close = [name for name in valid if name[:1] == wrong[:1]] if len(valid) > _MOST_LISTED * 5 else [*valid]
    near = difflib.get_close_matches(wrong, close, n=1, cutoff=0.6)
    if not near and len(wrong) >= _SHORTEST_BEGINNING:
        near = [name for name in close if name.startswith(wrong)]
    return valid[near[0]] if near else None

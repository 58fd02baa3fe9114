"""How operators' commands talk: steps on standard error, results on standard output, failures in one sentence."""

from __future__ import annotations

import sys
import time

_LONGEST_QUOTE = 160


class Failure(Exception):
    """A step failed; the message is one sentence that says what happened and what to do."""


def step(text: str) -> None:
    """Announce a step."""
    print(f"==> {text}", file=sys.stderr, flush=True)


def note(text: str) -> None:
    """Tell something about the step that runs."""
    print(f"    {text}", file=sys.stderr, flush=True)


class Progress:
    """Notes that come at most every few seconds, with the time that has passed."""

    def __init__(self, every_seconds: float = 10.0) -> None:
        self._every_seconds = every_seconds
        self._started = self._told = time.monotonic()

    def tell(self, text: str) -> None:
        """Note the text, unless something was noted a moment ago."""
        now = time.monotonic()
        if now - self._told >= self._every_seconds:
            self._told = now
            note(f"{text} ({now - self._started:.0f} s)")


def quoted(text: str) -> str:
    """What a program said, on one line and short enough for a table."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_QUOTE else f"{line[: _LONGEST_QUOTE - 1]}…"


def counted(number: int, noun: str) -> str:
    """`1 rule`, `2 rules`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"

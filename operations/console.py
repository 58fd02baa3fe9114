"""How operators' commands talk: steps on standard error, results on standard output, failures in one sentence."""

from __future__ import annotations

import sys
import time


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

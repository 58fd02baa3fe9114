"""How operators' commands talk: steps on standard error, results on standard output, failures in one sentence."""

from __future__ import annotations

import sys


class Failure(Exception):
    """A step failed; the message is one sentence that says what happened and what to do."""


def step(text: str) -> None:
    """Announce a step."""
    print(f"==> {text}", file=sys.stderr, flush=True)


def note(text: str) -> None:
    """Tell something about the step that runs."""
    print(f"    {text}", file=sys.stderr, flush=True)

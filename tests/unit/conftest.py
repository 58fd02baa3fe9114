"""What unit tests of several packages share."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import runtimes

_MADE_UP = Path(__file__).parent / "runtimes" / "made_up"


def _forget() -> None:
    runtimes.sections.cache_clear()
    runtimes.runtime_kind.cache_clear()
    for name in [name for name in sys.modules if name.startswith("runtimes.kettle")]:
        del sys.modules[name]


@pytest.fixture
def kettle(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A runtime more: its folder stands beside the others, as if somebody had put it there. Returns its name."""
    with monkeypatch.context() as folders:
        folders.setattr(runtimes, "__path__", [*runtimes.__path__, str(_MADE_UP)])
        _forget()
        yield "kettle"
    _forget()

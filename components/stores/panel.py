"""What a panel of a dashboard asks a store, and what it finds: the same whether Grafana asks or we do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Window:
    """A range of time, in seconds since 1970.

    Attributes:
        step: seconds between two points of a line.
    """

    start: float
    end: float
    step: float


@dataclass(frozen=True)
class PanelAnswer:
    """An answer.

    Attributes:
        document: the answer as JSON, or as the text that it came as where it is no one document.
        count: how many series, lines, traces or edges it has that have something to show; 0: there is no data.
    """

    document: object
    count: int


def in_nanoseconds(seconds: float) -> str:
    """A time as stores of logs take it."""
    return str(int(seconds * 1_000_000) * 1000)

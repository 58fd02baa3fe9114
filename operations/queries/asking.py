"""Whoever answers a dashboard's queries: a running stack's stores, a recording of them, or made-up data of a test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from components.stores.panel import Window
from dashboards.queries import Query


@dataclass(frozen=True)
class QueryAnswer:
    """What a data source says to a query.

    Attributes:
        document: its answer as JSON, or as the text that it came as where it is no one document.
        count: how many series, lines, traces or edges have something to show; 0: there is no data.
        exemplars: what Prometheus says to the same query of exemplars; None where none are asked for.
        seconds: how long it took.
    """

    document: object
    count: int
    exemplars: object = None
    seconds: float = 0.0


class Asking(Protocol):
    """Somebody to ask."""

    def ask(self, query: Query, window: Window) -> QueryAnswer:
        """Execute a query.

        Args:
            query: one of `executable_queries`.
            window: a query for one moment is asked about its end.

        Raises:
            NoAnswerError: with the store's own words, when it refuses the query or cannot be asked, or when there is
                no such data source.
        """
        ...

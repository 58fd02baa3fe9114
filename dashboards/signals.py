"""What dashboards ask of logs and traces, whatever program stores them; `components/stores/` has the answers."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class SourceRef:
    """A data source by its pinned uid: dashboards and links name it by that, never by Grafana's own choice."""

    uid: str
    type: str


METRICS_SOURCE = SourceRef("prometheus", "prometheus")
ALERT_HISTORY = "alert-history"
"""What writes a line of log for each message about alerts."""


@dataclass(frozen=True)
class LogQuery:
    """Log lines to look for; every condition narrows.

    Attributes:
        services: names of the services that wrote them; of a dashboard's variable `name` its values, as `$name`.
        contains: texts that stand in the line.
        having: fields that are not empty.
        warnings: only lines of severity WARN and above.
    """

    services: tuple[str, ...]
    contains: tuple[str, ...] = ()
    having: tuple[str, ...] = ()
    warnings: bool = False


@dataclass(frozen=True)
class TraceQuery:
    """Traces to look for.

    Attributes:
        service: a service that has a span in them; on a dashboard it may name `${__field.labels.…}`.
    """

    service: str


class LogSource(Protocol):
    """A data source of log lines."""

    @property
    def source(self) -> SourceRef:
        """Which one."""
        ...

    def panel_query(self, query: LogQuery, max_lines: int) -> Mapping[str, Any]:
        """What Grafana keeps of a query for the newest lines, besides its data source; the expression is `expr`."""
        ...


class TraceSource(Protocol):
    """A data source of traces."""

    @property
    def source(self) -> SourceRef:
        """Which one."""
        ...

    @property
    def tells_calls(self) -> bool:
        """Whether it counts who calls whom, as `traces_service_graph_request_total` and its like."""
        ...

    def explore_query(self, query: TraceQuery) -> Mapping[str, Any]:
        """What Grafana's Explore keeps of a search, besides its data source; `refId` is part of it."""
        ...


class Signals(Hashable, Protocol):
    """Where a stack's logs and traces are."""

    def __hash__(self) -> int:
        """Equal ones are one: dashboards are made once for each."""
        ...

    @property
    def logs(self) -> LogSource:
        """Of log lines."""
        ...

    @property
    def traces(self) -> TraceSource:
        """Of traces."""
        ...

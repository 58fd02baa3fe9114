"""What every store of logs or traces is: the one seam between the programs that keep them and all who use them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Generic, TypeVar

from catalog.plan import MonitoringPlan, RecordingRule
from components.base import Component
from components.datasource import DataSource
from components.endpoints import Endpoint, GuardedEndpoint
from components.stores.panel import PanelAnswer, Window
from dashboards.signals import METRICS_SOURCE, LogQuery, SourceRef, TraceQuery
from settings.model import RetentionSettings, StackSettings
from settings.store import KnownStore
from settings.types import Duration, ImageSource, Size
from workloads.workload import Workload

Answer = TypeVar("Answer")

# Resource attribute that the gateway sets: how long a record is kept.
RETENTION_CLASS = "retention.class"


# PromQL of a span's service. Grafana puts matchers of the tags in place of `$__tags`.
_OF_A_SPAN = {
    "Requests per second": "service:http_requests:rate5m{$__tags}",
    "Share of errors": "service:http_errors:ratio_rate5m{$__tags}",
    "P95 latency": "service:http_latency:p95_5m{$__tags}",
}


class RetentionClass(StrEnum):
    """The values of `retention.class`."""

    DEFAULT = "default"
    WARNING = "warning"
    ALERTS = "alerts"


def kept(retention: RetentionSettings) -> dict[RetentionClass, Duration]:
    """How long each class of logs is kept."""
    return {
        RetentionClass.DEFAULT: retention.logs,
        RetentionClass.WARNING: retention.warning_logs,
        RetentionClass.ALERTS: retention.alert_history,
    }


@dataclass(frozen=True)
class StoreExporter:
    """How the gateway sends to a store. The queue on its disk is the gateway's own.

    Attributes:
        name: `type/name` of the exporter in the collector's configuration.
        endpoint: where it sends; with its login, when it asks for one.
        config: the exporter's other settings.
    """

    name: str
    endpoint: Endpoint
    config: Mapping[str, Any] = field(default_factory=dict)

    @property
    def guard(self) -> GuardedEndpoint | None:
        """The endpoint, when it asks for a login."""
        return self.endpoint if isinstance(self.endpoint, GuardedEndpoint) else None


def otlp_exporter(endpoint: Endpoint) -> StoreExporter:
    """By OTLP over gRPC, without TLS inside the stack; named after the component that it sends to."""
    config = {"endpoint": endpoint.address, "tls": {"insecure": True}}
    return StoreExporter(f"otlp_grpc/{endpoint.workload}", endpoint, config)


@dataclass(frozen=True)
class Question(Generic[Answer]):
    """A GET request to a store, and how its answer is read.

    Attributes:
        endpoint: who is asked.
        read: the text of the answer as what was asked for.
    """

    endpoint: Endpoint
    path: str
    params: Mapping[str, str]
    read: Callable[[str], Answer]


@dataclass(frozen=True)
class LogLine:
    """A line that is stored.

    Attributes:
        seconds: when it was written, since 1970.
        service: who wrote it.
        fields: its attributes.
    """

    seconds: float
    text: str
    service: str
    fields: Mapping[str, str]


@dataclass(frozen=True)
class LineCount:
    """How Grafana counts lines for an alert, by the label `service`.

    Attributes:
        model: the query, without its data source.
        seconds: of which time before now it counts.
        name: the `__name__` that its counts have; empty: none. Grafana joins series of the same labels alone.
    """

    model: Mapping[str, Any]
    seconds: int = 300
    name: str = ""


def newest_of(lines: Iterable[LogLine]) -> LogLine | None:
    """The line that was written last; None when there is none."""
    return max(lines, key=lambda line: line.seconds, default=None)


def trace_link(traces: SourceRef) -> Mapping[str, str]:
    """A derived field of a Grafana data source: the label `trace_id` of a line leads to its trace."""
    return {
        "name": "trace_id",
        "matcherType": "label",
        "matcherRegex": "trace_id",
        "url": "${__value.raw}",
        "datasourceUid": traces.uid,
    }


def span_links(logs: LogStore) -> Mapping[str, Any]:
    """Where Grafana leads from a span: to its lines, and to what Prometheus knows of the service at that time."""
    around = {"spanStartTimeShift": "-1m", "spanEndTimeShift": "1m"}
    wider = {"spanStartTimeShift": "-30m", "spanEndTimeShift": "30m"}
    queries = [{"name": name, "query": query} for name, query in _OF_A_SPAN.items()]
    tags = [{"key": "service.name", "value": "service"}]
    return {
        "tracesToLogsV2": {"datasourceUid": logs.source.uid, **around, **logs.trace_to_logs()},
        "tracesToMetrics": {"datasourceUid": METRICS_SOURCE.uid, **wider, "tags": tags, "queries": queries},
    }


@dataclass(frozen=True)
class Trace:
    """A trace that is stored, as the names of the services that its spans are of, one for each span."""

    services: tuple[str, ...]


def trace_of_spans(resource_spans: Iterable[Mapping[str, Any]]) -> Trace:
    """A trace from OTLP's `resourceSpans`, in its JSON form."""
    services: list[str] = []
    for resource in resource_spans:
        attributes = {found["key"]: found["value"] for found in resource["resource"]["attributes"]}
        spans = sum(len(scope["spans"]) for scope in resource["scopeSpans"])
        services += [attributes["service.name"]["stringValue"]] * spans
    return Trace(tuple(services))


class Store(ABC):
    """A store of logs or traces. A file of `components/stores/` offers it as `STORE`; nothing else registers it.

    Attributes:
        name: what the stack file says.
        title: its name as people write it.
        source: its data source, as dashboards name it.
        default_with: the image source whose stacks have it unless they say otherwise; None: only by choice.
        shortest_retention: the least that it can keep.
        smallest_storage: the least that its volumes can have together.
        smallest_memory: the least that its programs can have together.
        query_paths: what `panel_question` asks, as a regular expression of paths.
        images: components of `images/catalog.toml` that its workloads run.
        endpoints: every port of its workloads.
        writes_to: components that its workload of the same name connects to.
        component: the resource that each of its workloads is deployed as.
        rules: files `rules/<name>.rules.yml` that are about it.
        tool: the program of `images` that reads its configuration in tests; empty when none can be built.
        differs: what people who know other stores may not expect, in a sentence or two; empty: nothing.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    source: ClassVar[SourceRef]
    default_with: ClassVar[ImageSource | None] = None
    shortest_retention: ClassVar[Duration]
    smallest_storage: ClassVar[Size] = "1Gi"
    smallest_memory: ClassVar[Size] = "64Mi"
    query_paths: ClassVar[str]
    images: ClassVar[tuple[str, ...]]
    endpoints: ClassVar[tuple[Endpoint, ...]]
    writes_to: ClassVar[tuple[str, ...]] = ()
    component: ClassVar[type[Component]]
    rules: ClassVar[tuple[str, ...]] = ()
    tool: ClassVar[str] = ""
    differs: ClassVar[str] = ""

    @property
    def known(self) -> KnownStore:
        """What the settings are checked against."""
        return KnownStore(
            self.name, self.default_with, self.shortest_retention, self.smallest_storage, self.smallest_memory
        )

    @abstractmethod
    def workloads(self, plan: MonitoringPlan) -> tuple[Workload, ...]:
        """The programs that run it."""

    def recordings(self, settings: StackSettings) -> tuple[RecordingRule, ...]:
        """Series that its rules compare with and that its own metrics do not have."""
        return ()


class LogStore(Store):
    """A store of logs and of the history of alerts."""

    @abstractmethod
    def exporter(self, retention: RetentionClass) -> StoreExporter:
        """How the gateway sends records of a class. The alerts' one is of their own, so that they never wait behind
        a flood of others; classes may share one otherwise."""

    @abstractmethod
    def data_source(self, traces: SourceRef) -> DataSource:
        """Its data source, which leads from a line to its trace."""

    @abstractmethod
    def trace_to_logs(self) -> Mapping[str, Any]:
        """How Grafana gets from a span to its lines: `tracesToLogsV2` without the data source's uid."""

    @abstractmethod
    def panel_query(self, query: LogQuery, max_lines: int) -> Mapping[str, Any]:
        """What Grafana keeps of a query for the newest lines, besides its data source; the expression is `expr`."""

    @abstractmethod
    def panel_question(self, target: Mapping[str, Any], window: Window) -> Question[PanelAnswer]:
        """What Grafana asks for what it keeps of a query (`panel_query`, without variables)."""

    @abstractmethod
    def error_count(self) -> LineCount:
        """Lines of severity error or worse (OpenTelemetry's numbers from 17 on) of five minutes, by service."""

    @abstractmethod
    def newest(self, query: LogQuery, window: Duration) -> Question[LogLine | None]:
        """The newest line of the time before now; None when there is none."""

    @abstractmethod
    def between(self, query: LogQuery, start: float, end: float, most: int) -> Question[Sequence[LogLine]]:
        """The lines from one time up to another (seconds since 1970), the oldest `most` of them, in order."""

    @abstractmethod
    def severities(self, query: LogQuery, window: Duration) -> Question[Mapping[str, int]]:
        """How many lines of each severity there are in the time before now; lines without one count as `unset`."""


class TraceStore(Store):
    """A store of traces.

    Attributes:
        tells_calls: whether it counts who calls whom, as `traces_service_graph_request_total` and its like.
    """

    tells_calls: bool = False

    @abstractmethod
    def exporter(self) -> StoreExporter:
        """How the gateway sends spans."""

    @abstractmethod
    def data_source(self, logs: LogStore) -> DataSource:
        """Its data source, which leads from a span to its lines."""

    @abstractmethod
    def explore_query(self, query: TraceQuery) -> Mapping[str, Any]:
        """What Grafana's Explore keeps of a search, besides its data source; `refId` is part of it."""

    @abstractmethod
    def panel_question(self, target: Mapping[str, Any], window: Window) -> Question[PanelAnswer]:
        """What Grafana asks for what it keeps of a search (as `explore_query`, without variables)."""

    @abstractmethod
    def newest(self, query: TraceQuery, start: float, end: float) -> Question[str | None]:
        """The ID of a trace between two times (seconds since 1970), the newest where the store sorts them."""

    @abstractmethod
    def trace(self, trace_id: str) -> Question[Trace]:
        """A trace by its ID."""


@dataclass(frozen=True)
class Stores:
    """The stores that a stack has."""

    logs: LogStore
    traces: TraceStore

    @property
    def both(self) -> Sequence[Store]:
        """The one of logs, then the one of traces."""
        return (self.logs, self.traces)

    @property
    def told(self) -> tuple[str, str]:
        """What whoever brings the stack up is told of them, a line for each."""
        signals = (("Logs", self.logs), ("Traces", self.traces))
        logs, traces = (f"{name} are kept by {store.title}. {store.differs}".rstrip() for name, store in signals)
        return logs, traces

    @property
    def rules(self) -> tuple[str, ...]:
        """The files of rules that are about them."""
        return tuple(group for store in self.both for group in store.rules)

    def recordings(self, settings: StackSettings) -> Mapping[str, tuple[RecordingRule, ...]]:
        """Series that their rules compare with, by store; those that need none are left out."""
        found = {store.name: store.recordings(settings) for store in self.both}
        return {name: rules for name, rules in found.items() if rules}

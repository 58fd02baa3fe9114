"""The Prometheus metrics of the API, in a registry of their own: two applications can share a process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from opentelemetry import trace
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    Info,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.exposition import choose_encoder

# A creation time per series would nearly double their number, and nothing here reads it.
disable_created_metrics()  # type: ignore[no-untyped-call]

UNMATCHED_ROUTE: Final = "unmatched"

HTTP_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0)
QUERY_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0)

OPERATIONS: Final = ("create", "search", "get", "delete")
OPERATION_RESULTS: Final = ("ok", "not_found", "error")
CACHE_NAME: Final = "search"
MODEL_NAME: Final = "demo-embedder"
PROVIDER_ERROR: Final = "timeout"
TOKEN_BUCKETS: Final = (1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576)

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def method_label(method: str) -> str:
    """The request method, or `other` for words a client made up: they would make series without end."""
    return method if method in _METHODS else "other"


class Metrics:
    """All metrics of one application.

    Args:
        version: the application's version, exposed as `app_info{version=...}`.
    """

    def __init__(self, version: str) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)

        self.http_requests = Counter(
            "http_requests_total",
            "Requests answered, by method, route template and status code.",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.http_duration = Histogram(
            "http_request_duration_seconds",
            "Time from the request's head to the end of the answer.",
            ["method", "route"],
            buckets=HTTP_BUCKETS,
            registry=self.registry,
        )
        self.http_in_progress = Gauge(
            "http_requests_in_progress", "Requests being worked on now.", ["method"], registry=self.registry
        )
        self.db_in_use = Gauge(
            "db_pool_connections_in_use",
            "Database connections that a query holds now.",
            registry=self.registry,
        )
        self.db_max = Gauge(
            "db_pool_connections_max", "Database connections that the pool may open.", registry=self.registry
        )
        self.db_duration = Histogram(
            "db_query_duration_seconds",
            "Time of a database query, without the wait for a connection.",
            ["operation"],
            buckets=QUERY_BUCKETS,
            registry=self.registry,
        )
        self.cache_requests = Counter(
            "cache_requests_total",
            "Cache lookups; one that failed counts as a miss.",
            ["cache", "result"],
            registry=self.registry,
        )
        self.cache_errors = Counter(
            "cache_errors_total", "Cache reads and writes that failed.", ["cache"], registry=self.registry
        )
        self.memory_operations = Counter(
            "memory_operations_total",
            "Operations on memories, by result: ok, not_found, error.",
            ["operation", "result"],
            registry=self.registry,
        )
        self.dependency_up = Gauge(
            "dependency_up",
            "1 when the dependency answered the last health check, degraded or not.",
            ["dependency"],
            registry=self.registry,
        )
        self.dependency_degraded = Gauge(
            "dependency_degraded",
            "1 when the dependency answered the last health check, but slowly or near its limit.",
            ["dependency"],
            registry=self.registry,
        )
        self.dependency_latency = Gauge(
            "dependency_latency_seconds",
            "Time of the last health check of the dependency.",
            ["dependency"],
            registry=self.registry,
        )
        self.model_tokens = Histogram(
            "gen_ai_client_token_usage",
            "Tokens of a call of the language model.",
            ["gen_ai_request_model", "gen_ai_token_type"],
            buckets=TOKEN_BUCKETS,
            registry=self.registry,
        )
        self.model_duration = Histogram(
            "gen_ai_client_operation_duration_seconds",
            "Time of a call of the language model; error_type is empty when it succeeded.",
            ["gen_ai_request_model", "error_type"],
            buckets=HTTP_BUCKETS,
            registry=self.registry,
        )
        Info("app", "The running application.", registry=self.registry).info({"version": version})
        self._start_at_zero()

    def _start_at_zero(self) -> None:
        """Make the series whose labels are known: a rate over a counter born at 1 misses its first event."""
        for operation in OPERATIONS:
            self.db_duration.labels(operation)
            for result in OPERATION_RESULTS:
                self.memory_operations.labels(operation, result)
        for result in ("hit", "miss"):
            self.cache_requests.labels(CACHE_NAME, result)
        self.cache_errors.labels(CACHE_NAME)
        self.http_in_progress.labels("GET")
        self.model_tokens.labels(MODEL_NAME, "input")
        for error in ("", PROVIDER_ERROR):
            self.model_duration.labels(MODEL_NAME, error)

    def watch_pool(self, in_use: Callable[[], int], maximum: int) -> None:
        """Read the pool's gauges at scrape time from `in_use`; `maximum` does not change."""
        self.db_in_use.set_function(in_use)
        self.db_max.set(maximum)

    def model_answered(self, tokens: int) -> None:
        """Count a call of the language model that succeeded."""
        self.model_tokens.labels(MODEL_NAME, "input").observe(tokens)
        self.model_duration.labels(MODEL_NAME, "").observe(0)

    def model_failed(self) -> None:
        """Count a call of the language model that its provider did not answer."""
        self.model_duration.labels(MODEL_NAME, PROVIDER_ERROR).observe(0)

    def request_finished(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request; the span of the moment, when sampled, becomes the bucket's exemplar."""
        self.http_requests.labels(method, route, str(status)).inc()
        self.http_duration.labels(method, route).observe(seconds, exemplar=current_exemplar())

    def expose(self, accept: str) -> tuple[bytes, str]:
        """The scrape's body and content type.

        Args:
            accept: the request's Accept header. Exemplars exist only in OpenMetrics, so only a scraper that
            asks
                for it gets them.
        """
        encode, content_type = choose_encoder(accept)
        return encode(self.registry), content_type


def current_exemplar() -> dict[str, str] | None:
    """The current trace as exemplar labels, None when there is none or it is not stored anywhere."""
    context = trace.get_current_span().get_span_context()
    if not context.is_valid or not context.trace_flags.sampled:
        return None
    return {
        "trace_id": trace.format_trace_id(context.trace_id),
        "span_id": trace.format_span_id(context.span_id),
    }

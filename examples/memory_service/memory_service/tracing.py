"""OpenTelemetry traces by OTLP over HTTP, and what happens when nobody takes them."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.asyncpg import AsyncPGInstrumentor
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
from opentelemetry.instrumentation.redis import RedisInstrumentor
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Span

from memory_service import __version__

# Regular expressions on the request's URL without its query: what probes and scrapers call every few seconds
# would bury the traces of real requests.
UNTRACED_URLS = r"/health(/[a-z]+)?$,/metrics$"

# Seconds. A batch that nobody takes is given up after EXPORT_TIMEOUT; a stop waits at most STOP_TIMEOUT for
# the rest.
EXPORT_TIMEOUT = 3.0
STOP_TIMEOUT = 3.0

_log = logging.getLogger(__name__)


class WatchedExporter(SpanExporter):
    """Hands batches to another exporter; logs one warning when it begins to fail, one line when it is back.

    A failed batch is lost; the request that made it is not affected.

    Args:
        inner: the exporter that does the work.
    """

    def __init__(self, inner: SpanExporter) -> None:
        self._inner = inner
        self._failing = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Hand the batch on, and say so when that begins to fail or works again."""
        result = self._inner.export(spans)
        failed = result is not SpanExportResult.SUCCESS
        if failed and not self._failing:
            _log.warning("traces cannot be exported; they are dropped until the collector answers")
        elif self._failing and not failed:
            _log.info("traces are exported again")
        self._failing = failed
        return result

    def shutdown(self) -> None:
        """Shut the other exporter down."""
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        """The other exporter's answer."""
        return self._inner.force_flush(timeout_millis)


def start_tracing(service: str, environ: Mapping[str, str] = os.environ) -> TracerProvider:
    """Make the provider that all spans of the process come from.

    Without OTEL_EXPORTER_OTLP_ENDPOINT (or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) spans are made, so that logs
    and outgoing headers carry trace IDs, but not exported; one warning says so.

    Args:
        service: `service.name` of the resource.
        environ: where the endpoint is looked up; the exporter itself reads the process's own environment.
    """
    provider = TracerProvider(
        resource=Resource.create({SERVICE_NAME: service, SERVICE_VERSION: __version__}),
        shutdown_on_exit=False,
    )
    if environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"):
        timeout = None if environ.get("OTEL_EXPORTER_OTLP_TIMEOUT") else EXPORT_TIMEOUT
        provider.add_span_processor(BatchSpanProcessor(WatchedExporter(OTLPSpanExporter(timeout=timeout))))
    else:
        _log.warning("OTEL_EXPORTER_OTLP_ENDPOINT is not set; traces are not exported")
    return provider


def stop_tracing(provider: TracerProvider) -> None:
    """Send what is buffered and stop, in at most STOP_TIMEOUT seconds even when the collector hangs."""
    worker = threading.Thread(target=provider.shutdown, name="stop-tracing", daemon=True)
    worker.start()
    worker.join(STOP_TIMEOUT)


def use_stable_conventions() -> None:
    """Choose OpenTelemetry's stable attribute names, such as `http.response.status_code`, `db.system.name`.

    The instrumentations decide once, at their first use, so this comes before them. A value that the operator
    set wins.
    """
    os.environ.setdefault("OTEL_SEMCONV_STABILITY_OPT_IN", "http,database")


def trace_requests(app: FastAPI, provider: TracerProvider) -> None:
    """Make a server span for every request of `app` except health checks and scrapes."""
    use_stable_conventions()
    FastAPIInstrumentor.instrument_app(
        app,
        tracer_provider=provider,
        excluded_urls=UNTRACED_URLS,
        # One span per ASGI message says nothing that the server span does not.
        exclude_spans=["receive", "send"],
        server_request_hook=_hide_query,
    )


def trace_dependencies(provider: TracerProvider) -> None:
    """Make a client span for every PostgreSQL and Redis call of the process. Parameters are not recorded."""
    use_stable_conventions()
    AsyncPGInstrumentor().instrument(tracer_provider=provider)  # type: ignore[no-untyped-call]
    RedisInstrumentor().instrument(tracer_provider=provider)


def _hide_query(span: Span, scope: dict[str, Any]) -> None:
    """Keep what users search for out of the traces: only the fact that there was a query stays."""
    if span.is_recording() and scope.get("query_string"):
        span.set_attribute("url.query", "hidden")

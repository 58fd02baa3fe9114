"""Around every request: correlation ID, metrics, one log line, and an answer when the code fails."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from time import perf_counter

from opentelemetry import trace
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from memory_service.correlation import HEADER, SPAN_ATTRIBUTE, accept_correlation_id
from memory_service.logs import request_fields
from memory_service.metrics import UNMATCHED_ROUTE, Metrics, method_label

# Called by probes and scrapers: counted as traffic they would hide an outage of the real routes.
UNOBSERVED_PATHS = frozenset({"/health", "/health/liveness", "/health/readiness", "/health/detailed", "/metrics"})

_log = logging.getLogger("memory_service.request")


class RequestTelemetry:
    """ASGI middleware. It belongs inside the tracing middleware, so that a span is there to write on.

    Args:
        app: the application inside.
        metrics: where requests are counted.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; re-raises what the application raised only after half an answer was sent."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        correlation_id = accept_correlation_id(Headers(scope=scope).get(HEADER))
        method = method_label(scope["method"])
        observed = scope["path"] not in UNOBSERVED_PATHS
        status: int | None = None

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = correlation_id
            await send(message)

        trace.get_current_span().set_attribute(SPAN_ATTRIBUTE, correlation_id)
        token = request_fields.set({"correlation_id": correlation_id, "method": method})
        if observed:
            self._metrics.http_in_progress.labels(method).inc()
        try:
            await self._app(scope, receive, send_with_id)
        except Exception as error:
            trace.get_current_span().record_exception(error)
            _log.exception("the request failed", extra={"fields": {"route": route_label(scope)}})
            if status is not None:
                # Half an answer is out; only closing the connection tells the caller that the rest is
                # missing.
                raise
            answer = JSONResponse({"detail": "internal error", "correlation_id": correlation_id}, status_code=500)
            await answer(scope, receive, send_with_id)
        finally:
            seconds = perf_counter() - started
            if observed:
                self._metrics.http_in_progress.labels(method).dec()
                self._finished(scope, method, status or 500, seconds)
            request_fields.reset(token)

    def _finished(self, scope: Scope, method: str, status: int, seconds: float) -> None:
        route = route_label(scope)
        self._metrics.request_finished(method, route, status, seconds)
        fields: Mapping[str, object] = {
            "route": route,
            "status": status,
            "duration_seconds": round(seconds, 6),
        }
        level = logging.ERROR if status >= 500 else logging.INFO
        _log.log(level, "request", extra={"fields": fields})


def route_label(scope: Scope) -> str:
    """The template of the route that took the request, `unmatched` when none did; never the path itself."""
    path = getattr(scope.get("route"), "path", None)
    return path if isinstance(path, str) else UNMATCHED_ROUTE

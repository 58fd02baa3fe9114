"""Structured logs: one JSON object per line on standard output, and nothing else there."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TextIO

from opentelemetry import trace

# What every line of the current request carries: correlation_id and method.
request_fields: ContextVar[Mapping[str, object] | None] = ContextVar("request_fields", default=None)


class JsonFormatter(logging.Formatter):
    """Turns a record into one line of JSON.

    Always present: timestamp (RFC 3339, UTC, microseconds), level, service, logger, message. Inside a request
    also correlation_id, method, and trace_id and span_id when there is a span; then what the caller passed as
    `extra={"fields": {...}}`. An exception becomes its type and its stack: its message is left out, because
    the messages of validators and databases quote what was sent to them.

    Args:
        service: the value of the field `service`.
    """

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line of ASCII."""
        moment = datetime.fromtimestamp(record.created, UTC)
        line: dict[str, object] = {
            "timestamp": moment.isoformat(timespec="microseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "service": self._service,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line.update(request_fields.get() or {})
        span = trace.get_current_span().get_span_context()
        if span.is_valid:
            line["trace_id"] = trace.format_trace_id(span.trace_id)
            line["span_id"] = trace.format_span_id(span.span_id)
        fields = getattr(record, "fields", None)
        if isinstance(fields, Mapping):
            line.update(fields)
        if record.exc_info and record.exc_info[0] is not None:
            line["exception_type"] = record.exc_info[0].__qualname__
            line["exception_stack"] = "".join(traceback.format_tb(record.exc_info[2]))
        # ASCII only: a line separator such as U+2028 inside a message must not end the line for any reader.
        return json.dumps(line, ensure_ascii=True, default=str)


def configure_logging(service: str, level: str, stream: TextIO = sys.stdout) -> None:
    """Send every logger of the process through one JSON handler.

    Args:
        service: the value of the field `service`.
        level: debug, info, warning or error.
        stream: where the lines go; standard output unless said otherwise.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter(service))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    # Libraries that write a line per request or per retry; what matters of it is said by our own lines.
    for noisy in ("httpx", "httpcore", "urllib3", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    # The exporter complains at every failed batch. tracing.WatchedExporter says it once instead.
    logging.getLogger("opentelemetry").setLevel(logging.ERROR)
    logging.getLogger("opentelemetry.exporter").setLevel(logging.CRITICAL)

"""Applications that send OTLP: one that is right, and those whose faults take what others send with them elsewhere.

Documents of OTLP in JSON, as what of one service is in them: `resourceMetrics`, `resourceLogs` and `resourceSpans`.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Any

HOUR = 3600.0
YEAR = 365 * 24 * HOUR
DELTA, CUMULATIVE = 1, 2
SERVER = 2


def attribute(key: str, value: str) -> dict[str, Any]:
    return {"key": key, "value": {"stringValue": value}}


def nanoseconds(seconds: float) -> str:
    """A time relative to now, in seconds, as OTLP writes it."""
    return str(time.time_ns() + int(seconds * 1e9))


def _resource(service: str) -> dict[str, Any]:
    return {"attributes": [attribute("service.name", service)]}


def metrics(service: str, *found: Mapping[str, Any]) -> dict[str, Any]:
    return {"resource": _resource(service), "scopeMetrics": [{"scope": {}, "metrics": list(found)}]}


def counter(
    name: str, value: int, *, temporality: int = CUMULATIVE, at: float = 0, label_sets: int = 1, labels: int = 0
) -> dict[str, Any]:
    """A counter.

    Args:
        value: of each label set.
        at: seconds from now that its time is.
        label_sets: how many points it has.
        labels: how many labels each has, beside the one that tells label sets apart.
    """
    more = [attribute(f"label_{number}", "x") for number in range(labels)]
    points = [
        {
            "asInt": str(value),
            "startTimeUnixNano": nanoseconds(at - 10),
            "timeUnixNano": nanoseconds(at),
            "attributes": [attribute("user", str(number)), *more],
        }
        for number in range(label_sets)
    ]
    return {"name": name, "sum": {"aggregationTemporality": temporality, "isMonotonic": True, "dataPoints": points}}


def exponential_histogram(name: str, scale: int) -> dict[str, Any]:
    point = {
        "count": "2",
        "sum": 3.0,
        "scale": scale,
        "zeroCount": "0",
        "positive": {"offset": 0, "bucketCounts": ["1", "1"]},
        "startTimeUnixNano": nanoseconds(-10),
        "timeUnixNano": nanoseconds(0),
    }
    return {"name": name, "exponentialHistogram": {"aggregationTemporality": CUMULATIVE, "dataPoints": [point]}}


def logs(service: str, text: str, *, at: float = 0, attributes: int = 0) -> dict[str, Any]:
    record = {
        "timeUnixNano": nanoseconds(at),
        "severityText": "info",
        "severityNumber": 9,
        "body": {"stringValue": text},
        "attributes": [attribute(f"field_{number}", "x") for number in range(attributes)],
    }
    return {"resource": _resource(service), "scopeLogs": [{"scope": {}, "logRecords": [record]}]}


def _log_of(service: str, **fields: Any) -> dict[str, Any]:
    """A record with other fields."""
    found = logs(service, "x")
    found["scopeLogs"][0]["logRecords"][0] |= fields
    return found


def spans(
    service: str,
    *,
    name: str = "work",
    at: float = 0,
    text: str = "",
    attributes: Sequence[str] = (),
    trace_id: str | None = None,
) -> dict[str, Any]:
    span = {
        "traceId": secrets.token_hex(16) if trace_id is None else trace_id,
        "spanId": secrets.token_hex(8),
        "name": name,
        "kind": SERVER,
        "startTimeUnixNano": nanoseconds(at),
        "endTimeUnixNano": nanoseconds(at + 0.001),
        "attributes": [attribute("text", text), *(attribute(key, "x") for key in attributes)],
    }
    return {"resource": _resource(service), "scopeSpans": [{"scope": {}, "spans": [span]}]}


def faulty_metrics() -> dict[str, tuple[str, dict[str, Any]]]:
    """A metric that Prometheus should not get, by the service that sends it; with the gateway's name of its fault."""
    return {
        "clock-ahead": ("ahead", counter("faulty", 5, at=HOUR)),
        "clock-behind": ("behind", counter("faulty", 5, at=-3 * HOUR)),
        "coarse": ("scale", exponential_histogram("faulty", -5)),
        "neither": ("temporality", counter("faulty", 5, temporality=0)),
        "user-ids": ("label_sets", counter("faulty", 5, label_sets=10_000)),
        "many-labels": ("labels", counter("faulty", 5, labels=1_000)),
        "nameless": ("name", counter("заказы", 5)),
    }


def faulty_logs() -> dict[str, tuple[str, dict[str, Any]]]:
    """What one service logs, by the service; with the gateway's name of its fault."""
    return {
        "log-ahead": ("ahead", logs("log-ahead", "next year", at=YEAR)),
        "log-behind": ("behind", logs("log-behind", "seventies", at=-50 * YEAR)),
        "log-long": ("size", logs("log-long", "x" * 2_500_000)),
        "log-body": ("size", _log_of("log-body", body={"kvlistValue": {"values": [attribute("a", "x" * 2_500_000)]}})),
        "log-value": ("size", _log_of("log-value", attributes=[attribute("a", "x" * 2_500_000)])),
        "log-fields": ("attributes", logs("log-fields", "many", attributes=3_000)),
    }


def faulty_spans() -> dict[str, tuple[str, dict[str, Any]]]:
    """A span of one service, by the service; with the gateway's name of its fault."""
    return {
        "span-ahead": ("ahead", spans("span-ahead", at=YEAR)),
        "span-behind": ("behind", spans("span-behind", at=-50 * YEAR)),
        "span-fields": ("attributes", spans("span-fields", attributes=[f"key-{number}" for number in range(3_000)])),
        "span-lost": ("ids", spans("span-lost", trace_id="")),
    }

"""Applications that send by OTLP what is not stored as it is."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import httpx

from components.endpoints import GATEWAY_OTLP_HTTP
from operations.drill.drill import Alert, Drill, Fault
from operations.drill.world import World

_ANSWER_SECONDS = 20.0
_HOUR_SECONDS = 3600
# Of OTLP's AggregationTemporality.
_UNSPECIFIED, _DELTA, _CUMULATIVE = 0, 1, 2


def sends(sender: str, *temporalities: int, ahead: int = 0) -> Fault:
    """An application of this name sends a counter each second.

    Args:
        temporalities: of its counters, of which it has one for each.
        ahead: seconds by which its clock is.
    """

    @contextmanager
    def fault(world: World) -> Iterator[None]:
        url = f"{world.live.health.address(GATEWAY_OTLP_HTTP)}/v1/metrics"

        def send() -> None:
            with suppress(httpx.HTTPError):
                httpx.post(
                    url, json=counters(sender, temporalities, ahead=ahead), timeout=_ANSWER_SECONDS, trust_env=False
                )

        with world.repeating(send, every=1):
            yield

    return fault


def counters(sender: str, temporalities: tuple[int, ...], *, ahead: int) -> Mapping[str, Any]:
    """A request of OTLP in JSON: a counter of each temporality, with one point."""
    now = time.time_ns() + ahead * 10**9
    point = {"asInt": "1", "startTimeUnixNano": str(now - 10**9), "timeUnixNano": str(now)}
    metrics = [
        {
            "name": f"drill_{temporality}",
            "sum": {"aggregationTemporality": temporality, "isMonotonic": True, "dataPoints": [point]},
        }
        for temporality in temporalities
    ]
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": sender}}]}
    return {"resourceMetrics": [{"resource": resource, "scopeMetrics": [{"scope": {}, "metrics": metrics}]}]}


def _drill(name: str, fault: str, inject: Fault, sender: str) -> Drill:
    return Drill(
        name=name,
        fault=fault,
        inject=inject,
        expects=Alert("OtlpSenderFaulty", sender),
        receiver="notify",
        within=480,
        touches=frozenset({sender}),
        resolves_within=1500,
    )


DRILLS = (
    _drill(
        "otlp-clock-ahead",
        "an application sends metrics by OTLP, and its clock is an hour ahead",
        sends("drill-clock", _CUMULATIVE, ahead=_HOUR_SECONDS),
        "drill-clock",
    ),
    _drill(
        "otlp-deltas",
        "an application sends deltas by OTLP, which become totals, and sums that are neither",
        sends("drill-deltas", _DELTA, _UNSPECIFIED),
        "drill-deltas",
    ),
)

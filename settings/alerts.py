"""Overrides of shipped alerts: threshold, waiting time, severity, or off; for one service or the whole stack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

from pydantic import Field

from settings.section import Section
from settings.types import Duration0

Severity = Literal["critical", "high", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
CAUSES: Mapping[str, str] = MappingProxyType(
    {
        "aftermath": "nothing: it tells inhibitions what failed a while ago",
        "backlog": "work comes in faster than it is done",
        "certificate": "a certificate ends",
        "clock": "a clock is wrong",
        "configuration": "what is declared or configured does not fit what is there",
        "connections": "connections run out",
        "cost": "more money is spent than planned",
        "cpu": "the processor is busy",
        "disk": "storage runs out or cannot be written",
        "down": "it does not answer, or is not there",
        "errors": "it answers with errors",
        "heartbeat": "nothing: it shows that alerts arrive",
        "latency": "it is too slow",
        "locks": "what others wait for is held",
        "limits": "a limit of the operating system is near",
        "memory": "memory runs out",
        "objective": "it spends its error budget too fast",
        "replicas": "some of it is gone, and the rest carries on",
        "replication": "copies of data are missing or late",
        "restarts": "it starts again and again",
        "schedule": "what should have run by now has not",
        "traffic": "more or less is asked of it than usual",
        "wraparound": "a counter of the database will run over",
    }
)
"""What an alert's `cause` label may say. Alerts of one service and one cause are one message."""
Unit = Literal["ratio", "change", "seconds", "dollars", "count", "per_second", "bytes", "days", "factor"]
"""Of a limit. A ratio is 1 at most; a change is a ratio too, of growth, which has no such bound."""


class AlertOverride(Section):
    """What is different from the alert as it is shipped. What is left out stays as it is."""

    threshold: float | None = Field(default=None, ge=0, description="The limit, in the unit of the alert's default.")
    threshold_down: float | None = Field(
        default=None,
        ge=0,
        description="The limit of a fall, for an alert that judges rise and fall; default: threshold, 0.9 at most.",
    )
    for_: Duration0 | None = Field(
        default=None, alias="for", description="How long the condition must hold before the alert fires."
    )
    severity: Severity | None = Field(default=None, description="Severity that the alert is routed by.")
    enabled: bool | None = Field(default=None, description="false: the alert never fires; default: true.")


@dataclass(frozen=True)
class Threshold:
    """The limit that an alert compares with, as it is shipped."""

    default: float
    unit: Unit

    @property
    def highest(self) -> float | None:
        """The largest value that makes sense, None when there is no such bound."""
        return 1.0 if self.unit == "ratio" else None


@dataclass(frozen=True)
class ShippedAlert:
    """An alert of `rules/`, as far as settings are checked against it.

    Attributes:
        group: the rule file it lives in, without its ending.
        threshold: None when the alert's condition has no figure to change.
        cause: one of `CAUSES`.
        threshold_down: None when it has no figure of its own for a fall.
    """

    name: str
    group: str
    severity: str
    waits: str
    threshold: Threshold | None
    cause: str
    threshold_down: Threshold | None = None

"""Overrides of shipped alerts: threshold, waiting time, severity, or off; for one service or the whole stack."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from pydantic import Field

from settings.section import Section
from settings.types import Duration0

Severity = Literal["critical", "high", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
Unit = Literal["ratio", "seconds", "dollars", "count", "per_second", "bytes", "days", "factor"]


class AlertOverride(Section):
    """What is different from the alert as it is shipped. What is left out stays as it is."""

    threshold: float | None = Field(default=None, ge=0, description="The limit, in the unit of the alert's default.")
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
    """

    name: str
    group: str
    severity: str
    waits: str
    threshold: Threshold | None

"""Objectives of a service, recorded as what counts and what counts as bad; `rules/slo.rules.yml` does the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from catalog.histogram import Histogram
from catalog.plan import RecordingRule
from settings.section import Section, mistake
from settings.service import ScrapedService
from settings.types import figure, seconds

_PERCENT_PATTERN = r"^[0-9]+(\.[0-9]+)? ?%$"
_DAY = 86_400


def _share(value: object) -> object:
    """A percentage as the share that it is, without the error of a division."""
    if not isinstance(value, str):
        return value
    if not re.fullmatch(_PERCENT_PATTERN, value):
        raise mistake(repr(value), "a share such as 0.999, or a percentage such as 99.9 %")
    return float(Decimal(value.rstrip("% ")) / 100)


Objective = Annotated[
    float,
    Field(gt=0, lt=1),
    BeforeValidator(_share),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
                {"type": "string", "pattern": _PERCENT_PATTERN},
            ]
        }
    ),
]
"""A share above 0 and below 1, or the same as a percentage."""


class LatencyObjective(Section):
    """How many requests must be answered how fast."""

    seconds: float = Field(gt=0, description="Longest that is fast; a bucket of the histogram ends there.")
    objective: Objective = Field(
        default=0.99, description="Share of requests that must be fast, for example 0.99 or 99 %."
    )


class Objectives(Section):
    """Service level objectives. Burn rates of their error budgets page; causes do not."""

    availability: Objective | None = Field(
        default=None, description="Share of requests not answered 5xx, for example 0.999 or 99.9 %."
    )
    latency: LatencyObjective | None = None
    window: Literal["28d", "30d"] = Field(
        default="30d", description="Time that an error budget is for; `retention.metrics` is as long at least."
    )

    @model_validator(mode="after")
    def _at_least_one(self) -> Objectives:
        if self.availability is None and self.latency is None:
            raise mistake("nothing", "availability, latency or both", "Add one, or remove slo.")
        return self


class ServiceWithObjectives(ScrapedService):
    """A service that answers requests, and can promise its users something."""

    slo: Objectives | None = None

    program: ClassVar[bool] = True

    @model_validator(mode="after")
    def _latency_by_a_histogram(self) -> ServiceWithObjectives:
        form = getattr(getattr(self, "metrics", None), "histogram", None)
        if self.slo and self.slo.latency and form == "summary":
            found, allowed = "latency with metrics.histogram: summary", "latency with classic or native"
            action = "A summary does not tell how many requests are within a limit."
            raise mistake(found, allowed, action, field="slo")
        return self


def objective_rules(
    objectives: Objectives | None, *, requests: str, failed: str, durations: Histogram, labels: Mapping[str, str]
) -> Iterator[RecordingRule]:
    """Requests that count, those that spend error budget, the objective and its window, each for each objective.

    Args:
        requests: PromQL of requests per second.
        failed: the same of those answered 5xx.
    """
    if objectives and objectives.availability is not None:
        yield from _objective("availability", objectives.availability, requests, failed, objectives, labels)
    if objectives and objectives.latency:
        slow = durations.rate_above(objectives.latency.seconds)
        yield from _objective("latency", objectives.latency.objective, durations.rate(), slow, objectives, labels)


def _objective(
    slo: str, objective: float, total: str, bad: str, objectives: Objectives, labels: Mapping[str, str]
) -> tuple[RecordingRule, ...]:
    own = {**labels, "slo": slo}
    return (
        RecordingRule("service:slo_total:rate5m", total, own),
        RecordingRule("service:slo_bad:rate5m", bad, own),
        RecordingRule("service:slo_objective:ratio", f"vector({figure(objective)})", own),
        RecordingRule("service:slo_window:days", f"vector({seconds(objectives.window) // _DAY})", own),
    )

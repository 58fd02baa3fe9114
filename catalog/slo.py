"""Objectives of a service, recorded as what counts and what counts as bad; `rules/slo.rules.yml` does the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import Field, model_validator

from catalog.histogram import Histogram
from catalog.plan import RecordingRule
from settings.section import Section, mistake
from settings.service import ScrapedService
from settings.types import figure


class LatencyObjective(Section):
    """How many requests must be answered how fast."""

    seconds: float = Field(gt=0, description="Longest that is fast; a bucket of the histogram ends there.")
    objective: float = Field(default=0.99, gt=0, lt=1, description="Share of requests that must be fast.")


class Objectives(Section):
    """Service level objectives over 30 days. Burn rates of their error budgets page; causes do not."""

    availability: float | None = Field(default=None, gt=0, lt=1, description="Share of requests not answered 5xx.")
    latency: LatencyObjective | None = None

    @model_validator(mode="after")
    def _at_least_one(self) -> Objectives:
        if self.availability is None and self.latency is None:
            raise mistake("nothing", "availability, latency or both", "Add one, or remove slo.")
        return self


class ServiceWithObjectives(ScrapedService):
    """A service that can promise its users something."""

    slo: Objectives | None = None


def objective_rules(
    objectives: Objectives | None, *, requests: str, failed: str, durations: Histogram, labels: Mapping[str, str]
) -> Iterator[RecordingRule]:
    """Requests that count, those that spend error budget, and the objective, each for each objective.

    Args:
        requests: PromQL of requests per second.
        failed: the same of those answered 5xx; may be empty when there was none.
    """
    if objectives and objectives.availability is not None:
        yield from _objective("availability", objectives.availability, requests, f"{failed} or {requests} * 0", labels)
    if objectives and objectives.latency:
        slow = durations.rate_above(objectives.latency.seconds)
        yield from _objective("latency", objectives.latency.objective, durations.rate(), slow, labels)


def _objective(
    slo: str, objective: float, total: str, bad: str, labels: Mapping[str, str]
) -> tuple[RecordingRule, ...]:
    own = {**labels, "slo": slo}
    return (
        RecordingRule("service:slo_total:rate5m", total, own),
        RecordingRule("service:slo_bad:rate5m", bad, own),
        RecordingRule("service:slo_objective:ratio", f"vector({figure(objective)})", own),
    )

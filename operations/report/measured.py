"""What Prometheus measured of the services in a month."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from statistics import fmean, median

from operations.report.month import Month
from operations.verify.live import Live
from settings.service import Service

STEP_SECONDS = 300
"""Between two points; every query looks back as long, so that each sample counts once."""
Points = Sequence[tuple[float, float]]
"""Seconds since 1970, and a value; nothing where there is no data."""
_QUANTILE = ":p95_5m"


@dataclass(frozen=True)
class MeasuredObjective:
    """An objective of a service.

    Attributes:
        slo: availability or latency.
        objective: the share of requests that must be good.
        requests: how many counted.
        bad: how many of them were not good.
        window_days: what its error budget is for; None: unknown.
        budget: the share of the budget of the window that was left, over the month.
    """

    slo: str
    objective: float
    requests: float
    bad: float
    window_days: float | None
    budget: Points

    @property
    def achieved(self) -> float | None:
        """The share of good requests; None when there were none."""
        return 1 - self.bad / self.requests if self.requests > 0 else None

    @property
    def spent(self) -> float | None:
        """The share that the month took of what it may fail: 1 is all of it. None without requests."""
        return None if self.achieved is None else (1 - self.achieved) / (1 - self.objective)


@dataclass(frozen=True)
class MeasuredService:
    """A service in a month.

    Attributes:
        up: the share of time that it answered.
        data: the share of the month for which that is known.
        latency: 95th percentile over 5 minutes in seconds, by what is measured.
    """

    name: str
    kind: str
    owner: str
    up: Points
    data: float
    objectives: Sequence[MeasuredObjective]
    latency: Mapping[str, Points]

    @property
    def availability(self) -> float | None:
        """The share of the known time that it answered; None when nothing is known."""
        return fmean(value for _, value in self.up) if self.up else None


def measured(live: Live, month: Month) -> Iterator[MeasuredService]:
    """Every service of the stack, in the order of its list.

    Raises:
        NoAnswerError: when Prometheus does not answer.
    """
    for service in live.declared.settings.services:
        yield _service(live, month, service)


def latency_summary(points: Points) -> tuple[float, float]:
    """What the 95th percentile of 5 minutes usually was, and what it was in the worst of them, in seconds."""
    values = [value for _, value in points]
    return median(values), max(values)


def _service(live: Live, month: Month, service: Service) -> MeasuredService:
    # A service whose owner or kind changed has several series.
    selector = f'{{service="{service.name}"}}'
    up = _one(live, month, f"max by (service) (avg_over_time(service:up{selector}[5m]))")
    objectives = _asked(live, month, f"max by (slo) (service:slo_objective:ratio{selector})")
    latency = _asked(
        live, month, f'max by (__name__) ({{__name__=~"service:.+{_QUANTILE}", service="{service.name}"}})'
    )
    return MeasuredService(
        service.name,
        service.kind,
        service.owner,
        up,
        len(up) / ((month.end - month.start) / STEP_SECONDS),
        [_objective(live, month, service.name, labels["slo"], points[-1][1]) for labels, points in objectives],
        {labels["__name__"].removeprefix("service:").removesuffix(_QUANTILE): points for labels, points in latency},
    )


def _objective(live: Live, month: Month, service: str, slo: str, objective: float) -> MeasuredObjective:
    selector = f'{{service="{service}", slo="{slo}"}}'

    def total(rate: str) -> float:
        """Of rates over 5 minutes, at steps as long: each request counts once."""
        return sum(value for _, value in _one(live, month, f"max by (slo) ({rate}{selector})")) * STEP_SECONDS

    days = _one(live, month, f"max by (slo) (service:slo_window:days{selector})")
    return MeasuredObjective(
        slo,
        objective,
        total("service:slo_total:rate5m"),
        total("service:slo_bad:rate5m"),
        days[-1][1] if days else None,
        _one(live, month, f"max by (slo) (service:slo_budget_left:ratio{selector})"),
    )


def _one(live: Live, month: Month, expression: str) -> Points:
    """The points of the only series that there can be."""
    return next((points for _, points in _asked(live, month, expression)), ())


def _asked(live: Live, month: Month, expression: str) -> list[tuple[dict[str, str], Points]]:
    series = live.prometheus.query_range(expression, month.start + STEP_SECONDS, month.until, STEP_SECONDS)
    known = [(labels, [point for point in points if isfinite(point[1])]) for labels, points in series]
    return [(labels, points) for labels, points in known if points]

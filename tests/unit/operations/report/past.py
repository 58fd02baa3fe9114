"""A made-up month: what Prometheus has of the services of the stack on call."""

from __future__ import annotations

from collections.abc import Callable

from operations.report.month import Month, month_of
from tests.unit.operations.oncall.shift import NOW, Shift

ZONE = "Europe/Berlin"
OCTOBER = month_of("2026-10", ZONE, NOW)
STEP = 300.0
Points = list[tuple[float, float]]


def points(month: Month, value: Callable[[float], float | None]) -> Points:
    """A value at each step, by the hours since the month began; None: no data."""
    count = int((month.until - month.start) // STEP)
    found = [(month.start + STEP * step, value(STEP * step / 3600)) for step in range(1, count + 1)]
    return [(at, known) for at, known in found if known is not None]


def up(shift: Shift, service: str, known: Points) -> None:
    expression = f'max by (service) (avg_over_time(service:up{{service="{service}"}}[5m]))'
    shift.series[expression] = [({"service": service}, known)]


def objective(shift: Shift, service: str, slo: str, share: float, **known: Points) -> None:
    """An objective and its series: total, bad, days and budget."""
    selector = f'{{service="{service}", slo="{slo}"}}'
    names = {
        "total": "service:slo_total:rate5m",
        "bad": "service:slo_bad:rate5m",
        "days": "service:slo_window:days",
        "budget": "service:slo_budget_left:ratio",
    }
    for key, found in known.items():
        shift.series[f"max by (slo) ({names[key]}{selector})"] = [({"slo": slo}, found)]
    of_service = f'max by (slo) (service:slo_objective:ratio{{service="{service}"}})'
    shift.series.setdefault(of_service, []).append(({"slo": slo}, [(found[0], share) for found in known["total"]]))


def latency(shift: Shift, service: str, **families: Points) -> None:
    expression = f'max by (__name__) ({{__name__=~"service:.+:p95_5m", service="{service}"}})'
    shift.series[expression] = [({"__name__": f"service:{name}:p95_5m"}, found) for name, found in families.items()]

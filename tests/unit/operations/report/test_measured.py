"""Figures of a month from what Prometheus measured."""

from __future__ import annotations

import math
import re

import pytest

from catalog.plan import MonitoringPlan
from operations.report.measured import MeasuredService, latency_summary, measured
from operations.report.month import Month, month_of
from program.prepare import prepare_program
from tests.plans import raw_configuration
from tests.unit.operations.oncall.shift import NOW, Shift
from tests.unit.operations.report.past import OCTOBER, ZONE, latency, objective, points, up


def of(shift: Shift, service: str, month: Month = OCTOBER) -> MeasuredService:
    with shift.live() as live:
        return next(found for found in measured(live, month) if found.name == service)


def test_availability_is_the_mean_of_the_known_time(shift: Shift) -> None:
    # Down for 7.45 hours of the 745 of an October in which the clock is set back.
    up(shift, "memory-api", points(OCTOBER, lambda hour: 0.0 if hour <= 7.45 else 1.0))
    found = of(shift, "memory-api")
    assert found.availability == pytest.approx(1 - 89 / 8940)
    assert found.data == pytest.approx(1)


def test_what_is_not_known_counts_neither_way_and_is_said(shift: Shift) -> None:
    up(shift, "memory-api", points(OCTOBER, lambda hour: None if hour > 74.5 else 0.5 if hour <= 37.25 else 1.0))
    found = of(shift, "memory-api")
    assert found.data == pytest.approx(0.1)
    assert found.availability == pytest.approx(0.75)


def test_a_service_without_data_has_no_availability(shift: Shift) -> None:
    found = of(shift, "memory-api")
    assert (found.availability, found.data, found.objectives, found.latency) == (None, 0, [], {})
    up(shift, "memory-api", points(OCTOBER, lambda _: math.nan))
    assert of(shift, "memory-api").availability is None


def test_a_month_that_goes_on_has_data_for_its_whole_length_only_when_it_is_over(shift: Shift) -> None:
    november = month_of("2026-11", ZONE, NOW)
    up(shift, "memory-api", points(november, lambda _: 1.0))
    assert of(shift, "memory-api", november).data == pytest.approx((25 + 13 / 24) / 30, abs=1e-3)


def test_an_objective_counts_requests_and_says_what_is_spent_and_left(shift: Shift) -> None:
    objective(
        shift,
        "memory-api",
        "availability",
        0.99,
        # Ten requests a second; for one hour half of them fail.
        total=points(OCTOBER, lambda _: 10.0),
        bad=points(OCTOBER, lambda hour: 5.0 if 100 < hour <= 101 else 0.0),
        days=points(OCTOBER, lambda _: 28.0),
        budget=points(OCTOBER, lambda hour: 1.0 if hour <= 100 else 0.8),
    )
    (found,) = of(shift, "memory-api").objectives
    assert found.requests == pytest.approx(745 * 3600 * 10)
    assert found.bad == pytest.approx(18_000)
    assert found.achieved == pytest.approx(1 - 18_000 / 26_820_000)
    assert found.spent == pytest.approx(18_000 / 268_200)
    assert (found.window_days, found.budget[-1][1]) == (28, 0.8)


def test_an_objective_without_requests_is_neither_met_nor_missed(shift: Shift) -> None:
    quiet = points(OCTOBER, lambda _: 0.0)
    objective(shift, "memory-api", "latency", 0.99, total=quiet, bad=quiet)
    (found,) = of(shift, "memory-api").objectives
    assert (found.achieved, found.spent, found.window_days, found.budget) == (None, None, None, ())


def test_latency_is_by_what_is_measured_and_a_quiet_time_is_left_out(shift: Shift) -> None:
    busy = points(OCTOBER, lambda hour: math.nan if hour <= 700 else 0.9 if hour > 744.5 else 0.1)
    latency(shift, "memory-api", http_latency=busy)
    found = of(shift, "memory-api").latency
    assert list(found) == ["http_latency"]
    assert latency_summary(found["http_latency"]) == (0.1, 0.9)


def recorded(plan: MonitoringPlan) -> set[str]:
    rules = {rule.record for group in plan.recording_rules.values() for rule in group}
    return rules | set(re.findall(r"record: (\S+)", "\n".join(plan.rule_files.values())))


def test_what_is_asked_for_is_recorded(shift: Shift) -> None:
    shift.series = {
        'max by (slo) (service:slo_objective:ratio{service="memory-api"})': [
            ({"slo": "availability"}, [(OCTOBER.start + 300, 0.9)])
        ]
    }
    of(shift, "memory-uptime")
    names = {name for expression in shift.asked for name in re.findall(r"service:\w+(?::\w+)?(?=\{)", expression)}
    assert "service:slo_bad:rate5m" in names
    services = [{"name": "a", "kind": "fastapi", "target": "a:1", "slo": {"availability": 0.99}}]
    plan = prepare_program(raw_configuration("dev", {"services": services, "demo": None}), "dev").plan
    there = recorded(plan)
    assert names - there == set()
    assert any(re.fullmatch("service:.+:p95_5m", name) for name in there)

"""Objectives: what counts, what counts as bad, and how far their rules look back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from catalog.histogram import Histogram
from catalog.slo import Objectives, objective_rules
from tests.plans import mistakes_in, plan_of

API: dict[str, object] = {"name": "api", "kind": "http", "target": "api:80"}
DURATIONS = Histogram("durations", "{}")


def rules(**objectives: Any) -> dict[tuple[str, str], str]:
    """Expressions by objective and recorded name."""
    made = objective_rules(
        Objectives.model_validate_json(json.dumps(objectives)),
        requests="all",
        failed="bad",
        durations=DURATIONS,
        labels={"service": "api"},
    )
    return {(rule.labels["slo"], rule.record): rule.expr for rule in made}


def test_availability_counts_requests_and_those_that_failed() -> None:
    assert rules(availability=0.995) == {
        ("availability", "service:slo_total:rate5m"): "all",
        ("availability", "service:slo_bad:rate5m"): "bad",
        ("availability", "service:slo_objective:ratio"): "vector(0.995)",
        ("availability", "service:slo_window:days"): "vector(30)",
    }


def test_latency_counts_what_was_slower_than_its_limit() -> None:
    assert rules(latency={"seconds": 0.3, "objective": 0.9}, window="28d") == {
        ("latency", "service:slo_total:rate5m"): DURATIONS.rate(),
        ("latency", "service:slo_bad:rate5m"): DURATIONS.rate_above(0.3),
        ("latency", "service:slo_objective:ratio"): "vector(0.9)",
        ("latency", "service:slo_window:days"): "vector(28)",
    }


def test_both_together_are_told_apart_by_a_label_and_keep_the_services_own() -> None:
    plan = plan_of({**API, "slo": {"availability": 0.99, "latency": {"seconds": 1}}})
    objectives = [rule for rule in plan.recording_rules["api"] if rule.record == "service:slo_objective:ratio"]
    assert [rule.labels["slo"] for rule in objectives] == ["availability", "latency"]
    assert {rule.labels["service"] for rule in objectives} == {"api"}


def test_no_objective_is_no_rule() -> None:
    assert list(objective_rules(None, requests="all", failed="bad", durations=DURATIONS, labels={})) == []


def test_objectives_without_one_are_a_mistake() -> None:
    assert mistakes_in({**API, "slo": {}}) == [
        "services[0].slo: found nothing. Allowed: availability, latency or both. Add one, or remove slo."
    ]


@pytest.mark.parametrize(
    ("written", "objective"),
    [
        ("99.9 %", "0.999"),
        ("99.9%", "0.999"),
        ("99.99999 %", "0.9999999"),
        (0.9999999, "0.9999999"),
        ("99 %", "0.99"),
    ],
)
def test_an_objective_is_a_share_or_a_percentage_and_keeps_its_digits(written: object, objective: str) -> None:
    assert rules(availability=written)[("availability", "service:slo_objective:ratio")] == f"vector({objective})"


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("99.9", "found '99.9'. Allowed: a share such as 0.999, or a percentage such as 99.9 %."),
        ("99,9 %", "found '99,9 %'. Allowed: a share such as 0.999, or a percentage such as 99.9 %."),
        ("100 %", "found 1.0. Allowed: a number above 0 and below 1."),
        (1.0, "found 1.0. Allowed: a number above 0 and below 1."),
        (99.9, "found 99.9. Allowed: a number above 0 and below 1."),
        (True, "found true. Allowed: a number above 0 and below 1."),
    ],
)
def test_an_objective_that_is_no_share_is_a_mistake(written: object, sentence: str) -> None:
    assert mistakes_in({**API, "slo": {"availability": written}}) == [f"services[0].slo.availability: {sentence}"]

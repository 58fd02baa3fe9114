"""What stays silent for a while after a cause has ended, and what does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from alerting.aftermath import LASTING, RECENT_CAUSE, aftermath, lasting
from alerting.edges import Edge, named
from alerting.inhibition import SYMPTOMS, edges
from alerting.route import Matcher
from catalog.alerts import rule_file, shipped_alerts
from catalog.plan import MonitoringPlan
from settings.alerts import CAUSES
from tests.plans import plan_of

ALERTS = shipped_alerts()
DB = {"name": "db", "kind": "postgres", "target": "db:5432", "password": "dbPassword"}
API = {"name": "api", "kind": "fastapi", "target": "api:8000", "depends_on": ["db"]}


def recent(name: str, service: str, **labels: str) -> dict[str, str]:
    """RecentCause of an alert, as the rule gives it."""
    shared = {"service": service, "severity": "none", "cause": "aftermath", "environment": "test", "kind": "fastapi"}
    return {"alertname": RECENT_CAUSE, "of": name, **shared, **labels}


def symptom(name: str, service: str, **labels: str) -> dict[str, str]:
    shipped = ALERTS[name]
    shared = {"severity": shipped.severity, "cause": shipped.cause, "environment": "test", "kind": "fastapi"}
    return {"alertname": name, "service": service, **shared, **labels}


def silences(plan: MonitoringPlan, source: dict[str, str], target: dict[str, str]) -> bool:
    return any(edge.silences(source, target) for edge in edges(plan))


def test_the_rule_asks_for_the_causes_that_last() -> None:
    assert set(LASTING) <= set(CAUSES)
    assert f'cause=~"{"|".join(LASTING)}"' in rule_file(ALERTS[RECENT_CAUSE].group).read_text(encoding="utf-8")


def test_what_a_dead_database_left_behind_is_silent_until_it_is_forgotten() -> None:
    plan = plan_of(API, DB)
    for dead in ("PostgresDown", "DatabaseConnectionsExhausted"):
        for late in ("HighErrorRate", "HighLatency", "ErrorBudgetMediumBurn"):
            assert silences(plan, recent(dead, "db"), symptom(late, "api")), (dead, late)
    assert not silences(plan, recent("PostgresDown", "another"), symptom("HighErrorRate", "api"))
    assert not silences(plan, recent("ServiceDown", "db"), symptom("HighErrorRate", "api"))


def test_the_cause_itself_is_heard_when_it_comes_back() -> None:
    plan = plan_of(API, DB)
    assert not silences(plan, recent("PostgresDown", "db"), symptom("PostgresDown", "db"))
    assert not silences(plan, recent("ServiceDown", "api"), symptom("ServiceDown", "api"))


def test_what_is_no_symptom_is_heard_as_soon_as_its_service_is_back() -> None:
    plan = plan_of(API, DB)
    for unrelated in ("CardinalityNearLimit", "HttpMetricsMissing"):
        assert silences(plan, symptom("ServiceDown", "api"), symptom(unrelated, "api"))
        assert not silences(plan, recent("ServiceDown", "api"), symptom(unrelated, "api"))
    assert silences(plan, recent("ServiceDown", "api"), symptom("HighErrorRate", "api"))


def test_a_page_that_leaves_nothing_behind_is_forgotten_at_once() -> None:
    plan = plan_of({**API, "depends_on": []}, {"name": "seen", "kind": "probe", "target": "api:8000"})
    assert silences(plan, symptom("HighErrorRate", "api"), symptom("EndpointDown", "seen", kind="probe"))
    assert not silences(plan, recent("HighErrorRate", "api"), symptom("EndpointDown", "seen", kind="probe"))


def test_without_the_rule_nothing_is_drawn_that_would_wait_for_it() -> None:
    plan = plan_of(API, DB)
    without = {name: text for name, text in plan.rule_files.items() if RECENT_CAUSE not in text}
    assert len(without) == len(plan.rule_files) - 1
    assert [edge for edge in edges(replace(plan, rule_files=without)) if edge.relation == "aftermath"] == []
    assert [edge for edge in edges(plan) if edge.relation == "aftermath"]


def test_an_alert_that_is_never_critical_in_the_stack_is_not_remembered() -> None:
    usual = {name: frozenset({alert.severity}) for name, alert in ALERTS.items()}
    assert "PostgresDown" in lasting(ALERTS, usual)
    assert "PostgresDown" not in lasting(ALERTS, {**usual, "PostgresDown": frozenset({"warning"})})


@pytest.mark.parametrize(
    ("target", "kept"),
    [
        (named(["Slow"]), []),
        (Matcher("cause", ("errors",)), []),
        (named(["Dead"]), []),
        (Matcher("alertname", ("Dead",), negated=True), [Matcher("cause", SYMPTOMS)]),
        (Matcher("service", ("api",)), [Matcher("cause", SYMPTOMS)]),
    ],
)
def test_an_edge_that_names_no_consequences_keeps_only_symptoms(target: Matcher, kept: list[Matcher]) -> None:
    edge = Edge("down", "an edge", (Matcher("service", ("db",)), named(["Dead", "Other"])), (target,), (), "a reason")
    (found,) = aftermath(edge, frozenset({"Dead"}), SYMPTOMS)
    assert found.rule == {
        "name": "aftermath: down: an edge",
        "source_matchers": [f'alertname="{RECENT_CAUSE}"', 'of="Dead"', 'service="db"'],
        "target_matchers": [str(matcher) for matcher in (target, *kept)],
        "equal": ["environment"],
    }
    assert list(aftermath(edge, frozenset(), SYMPTOMS)) == []

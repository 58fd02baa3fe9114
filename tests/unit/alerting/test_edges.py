"""What an inhibition is, and that none hides what is more severe."""

from __future__ import annotations

import pytest

from alerting.edges import Edge, by_severity, named
from alerting.route import Matcher

SOURCE = {"alertname": "Dead", "service": "db", "environment": "shop"}
TARGET = {"alertname": "Slow", "service": "api", "environment": "shop"}


def edge(
    *, source: tuple[str, ...] = ("Dead",), target: tuple[str, ...] = ("Slow",), equal: tuple[str, ...] = ()
) -> Edge:
    return Edge("pair", "an edge", (named(source),), (named(target),), equal, "a reason")


@pytest.mark.parametrize(
    ("matcher", "text"),
    [
        (Matcher("service", ("db",)), 'service="db"'),
        (Matcher("service", ("db", "cache")), 'service=~"db|cache"'),
        (Matcher("kind", ("host",), negated=True), 'kind!="host"'),
        (Matcher("kind", ("host", "probe"), negated=True), 'kind!~"host|probe"'),
    ],
)
def test_a_matcher_is_written_as_alertmanager_reads_it(matcher: Matcher, text: str) -> None:
    assert str(matcher) == text


def test_a_label_that_is_missing_is_empty() -> None:
    assert not Matcher("kind", ("host",)).matches({})
    assert Matcher("kind", ("host",), negated=True).matches({})


def test_an_edge_silences_only_within_one_environment_and_equal_labels() -> None:
    assert edge().silences(SOURCE, TARGET)
    assert not edge().silences(TARGET, SOURCE)
    assert not edge().silences(SOURCE, {**TARGET, "environment": "another"})
    assert not edge(equal=("service",)).silences(SOURCE, TARGET)
    assert edge(equal=("device",)).silences(SOURCE, TARGET)


def test_what_is_on_both_sides_does_not_silence_itself() -> None:
    both = edge(source=("Dead", "Slow"), target=("Dead", "Slow"))
    assert not both.silences(SOURCE, SOURCE)
    assert not both.silences(SOURCE, TARGET)


def test_an_edge_is_one_rule_of_alertmanager() -> None:
    assert edge(equal=("service",)).rule == {
        "name": "pair: an edge",
        "source_matchers": ['alertname="Dead"'],
        "target_matchers": ['alertname="Slow"'],
        "equal": ["environment", "service"],
    }


def sides(edge: Edge) -> tuple[list[str], list[str]]:
    return [str(matcher) for matcher in edge.source], [str(matcher) for matcher in edge.target]


def test_an_edge_from_critical_alerts_needs_no_severity() -> None:
    critical = {"Dead": frozenset({"critical"}), "Slow": frozenset({"warning"})}
    assert list(by_severity(edge(), critical)) == [edge()]


def test_a_ticket_does_not_silence_a_page() -> None:
    assert not list(by_severity(edge(), {"Dead": frozenset({"warning"}), "Slow": frozenset({"critical"})}))
    (split,) = by_severity(edge(), {"Dead": frozenset({"warning"}), "Slow": frozenset({"critical", "warning"})})
    assert sides(split) == (['alertname="Dead"'], ['alertname="Slow"', 'severity="warning"'])


def test_an_alert_with_two_severities_silences_by_each_of_them() -> None:
    found = by_severity(edge(), {"Dead": frozenset({"critical", "info"}), "Slow": frozenset({"high", "info"})})
    assert [sides(each) for each in found] == [
        (['alertname="Dead"', 'severity="critical"'], ['alertname="Slow"']),
        (['alertname="Dead"', 'severity="info"'], ['alertname="Slow"', 'severity="info"']),
    ]


def test_targets_without_a_name_may_have_any_severity() -> None:
    anything = Edge("target", "any", (named(["Dead"]),), (Matcher("kind", ("host",)),), (), "a reason")
    (split,) = by_severity(anything, {"Dead": frozenset({"warning"})})
    assert sides(split) == (['alertname="Dead"'], ['kind="host"', 'severity=~"warning|info"'])

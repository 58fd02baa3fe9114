"""What an inhibition is: while one alert fires, another is kept only as information."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from alerting.route import Matcher
from settings.alerts import SEVERITIES

ENVIRONMENT = "environment"
Relation = Literal[
    "dependency", "host", "pressure", "probe", "exporter", "prober", "target", "down", "pair", "aftermath"
]


def named(alerts: Iterable[str]) -> Matcher:
    """The matcher of alerts by name."""
    return Matcher("alertname", tuple(alerts))


@dataclass(frozen=True)
class Edge:
    """While an alert of `source` fires, those of `target` with equal labels are not sent.

    Attributes:
        about: what the edge is drawn for: a service, or a pair's stronger alert.
        equal: labels that both alerts have in common, beside `environment`. Missing ones count as empty.
        why: one sentence.
    """

    relation: Relation
    about: str
    source: tuple[Matcher, ...]
    target: tuple[Matcher, ...]
    equal: tuple[str, ...]
    why: str

    @property
    def equal_labels(self) -> tuple[str, ...]:
        """Every label that must be equal."""
        return (ENVIRONMENT, *self.equal)

    @property
    def rule(self) -> dict[str, Any]:
        """The edge as one of Alertmanager's `inhibit_rules`."""
        return {
            "name": f"{self.relation}: {self.about}",
            "source_matchers": [str(matcher) for matcher in self.source],
            "target_matchers": [str(matcher) for matcher in self.target],
            "equal": list(self.equal_labels),
        }

    def silences(self, source: Mapping[str, str], target: Mapping[str, str]) -> bool:
        """Whether one firing alert keeps another from being sent, by their labels, as Alertmanager decides it.

        For evaluators of alerts that have no inhibition of their own.
        """
        if not _meets(self.source, source) or not _meets(self.target, target):
            return False
        # What is on both sides does not silence what is on both sides, itself included.
        if _meets(self.target, source) and _meets(self.source, target):
            return False
        return all(source.get(label, "") == target.get(label, "") for label in self.equal_labels)


def by_severity(edge: Edge, severities: Mapping[str, frozenset[str]]) -> Iterable[Edge]:
    """The edge, so that no source silences what is more severe than itself: a ticket never hides a page.

    Args:
        severities: what each alert can have in this stack, by its name.
    """
    (names,) = [matcher.values for matcher in edge.source if matcher.label == "alertname"]
    if all(severities[name] == {SEVERITIES[0]} for name in names):
        yield edge
        return
    reached = {
        severity
        for matcher in edge.target
        if matcher.label == "alertname" and not matcher.negated
        for name in matcher.values
        for severity in severities[name]
    } or set(SEVERITIES)
    for rank, severity in enumerate(SEVERITIES):
        sources = tuple(name for name in names if severity in severities[name])
        weaker = tuple(each for each in SEVERITIES[rank:] if each in reached)
        if not sources or not weaker:
            continue
        source = tuple(named(sources) if matcher.label == "alertname" else matcher for matcher in edge.source)
        if any(severities[name] != {severity} for name in sources):
            source = (*source, Matcher("severity", (severity,)))
        target = edge.target if len(weaker) == len(reached) else (*edge.target, Matcher("severity", weaker))
        yield replace(edge, about=f"{edge.about} ({severity})", source=source, target=target)


def _meets(side: Iterable[Matcher], labels: Mapping[str, str]) -> bool:
    return all(matcher.matches(labels) for matcher in side)

"""How much of the past rules read, from their own expressions: Prometheus must keep at least that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

import yaml

from catalog.promql import selectors


@dataclass(frozen=True)
class Reading:
    """One selector of a rule.

    Attributes:
        rule: the alert, or the name that the rule records.
        metric: the metric that it reads; empty when it chooses among several by their names.
        back: the age of the oldest sample that it reads.
    """

    rule: str
    metric: str
    back: timedelta


def furthest(rule_files: Iterable[str], recordings: Iterable[tuple[str, str]]) -> Reading | None:
    """The reading that goes back furthest, None when there are no rules.

    Rules about series that nothing records in this stack read nothing: objectives, where no service has one.

    Args:
        rule_files: texts of the shipped rule files.
        recordings: name and PromQL of what the stack records besides.
    """
    readings = [reading for text in rule_files for reading in _of_file(text)]
    readings += [reading for name, expression in recordings for reading in _readings(name, expression)]
    return max(_alive(readings), key=lambda reading: reading.back, default=None)


def as_duration(back: timedelta) -> str:
    """In the largest unit that says it without a rest: 3d, 505h."""
    total = int(back.total_seconds())
    return next(
        f"{total // size}{unit}"
        for size, unit in ((86_400, "d"), (3600, "h"), (60, "m"), (1, "s"))
        if total % size == 0
    )


def _alive(readings: Iterable[Reading]) -> list[Reading]:
    """Readings of series that exist: raw ones, and recorded ones whose rule reads something that exists."""
    left, alive = list(readings), list[Reading]()
    recorded: set[str] = set()
    while True:
        found, missing = list[Reading](), list[Reading]()
        for reading in left:
            (found if ":" not in reading.metric or reading.metric in recorded else missing).append(reading)
        if not found:
            return alive
        alive += found
        recorded |= {reading.rule for reading in found}
        left = missing


@cache
def _of_file(text: str) -> tuple[Reading, ...]:
    document = yaml.load(text, yaml.CSafeLoader)
    rules = [rule for group in document["groups"] for rule in group["rules"]]
    return tuple(
        reading for rule in rules for reading in _readings(rule.get("alert") or rule["record"], str(rule["expr"]))
    )


@cache
def _readings(rule: str, expression: str) -> tuple[Reading, ...]:
    found = tuple(Reading(rule, selector.name or "", back) for selector, back in selectors(expression))
    # What reads no series, such as `vector(1)`, exists by itself.
    return found or (Reading(rule, "", timedelta(0)),)

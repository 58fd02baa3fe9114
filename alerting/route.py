"""A node of the routing tree, as pure data: every evaluator of alerts has the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

BY_CAUSE = ("environment", "service", "cause")
"""One cause of one service is one message, whatever number of alerts it sets off."""


@dataclass(frozen=True)
class Matcher:
    """A label that has one of these values; with `negated`, none of them. In names nothing is special in a pattern."""

    label: str
    values: tuple[str, ...]
    negated: bool = False

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether an alert with these labels fits; a label that is missing is empty."""
        return (labels.get(self.label, "") in self.values) is not self.negated

    @property
    def operator(self) -> str:
        """Between the label and `value`."""
        several = len(self.values) > 1
        return ("!~" if several else "!=") if self.negated else ("=~" if several else "=")

    @property
    def value(self) -> str:
        """The value, or a pattern of several."""
        return "|".join(self.values)

    def __str__(self) -> str:
        """As Alertmanager reads it."""
        return f'{self.label}{self.operator}"{self.value}"'


@dataclass(frozen=True)
class Timing:
    """When a group of alerts is told.

    Attributes:
        wait: from the first alert of a group to the first message.
        interval: from one message to the next, when alerts joined the group or ended.
        repeat: from one message to the next, when nothing changed.
    """

    wait: str
    interval: str
    repeat: str


@dataclass(frozen=True)
class Route:
    """A node of the tree. An alert takes the first route that it fits; with `goes_on` it looks for more.

    Attributes:
        receiver: who is told.
        matchers: what an alert must have, all of them.
        by: labels whose values are the same for all alerts of one message.
        active: names of intervals outside of which messages wait.
        muted: names of intervals inside of which messages wait.
        routes: routes below; what fits none of them is told by this one.
    """

    receiver: str
    timing: Timing
    matchers: tuple[Matcher, ...] = ()
    by: tuple[str, ...] = BY_CAUSE
    active: tuple[str, ...] = ()
    muted: tuple[str, ...] = ()
    goes_on: bool = False
    routes: tuple[Route, ...] = ()

"""Pairs of alerts of which one says more of the same cause: `rules/<group>.edges.yml`, beside the rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import Field, TypeAdapter

from alerting.edges import Edge, named
from alerting.route import Matcher
from catalog.alerts import RULES
from settings.section import Section

_Labels = dict[str, tuple[str, ...]]


class Pair(Section):
    """One entry: while `over` fires, each of `under` is silent."""

    over: str = Field(description="The alert that says more.")
    under: Annotated[tuple[str, ...], Field(min_length=1)]
    equal: tuple[str, ...] = Field(description="Labels that both have in common, beside `environment`.")
    why: str
    over_where: _Labels = Field(default_factory=dict, description="Labels of `over`, with the values that count.")
    under_where: _Labels = Field(default_factory=dict)


_FILE = TypeAdapter(tuple[Pair, ...])


def pairs_file(group: str, folder: Path = RULES) -> Path:
    """The file of a group of rules, which not every group has."""
    return folder / f"{group}.edges.yml"


@cache
def pairs_of(group: str, folder: Path = RULES) -> tuple[Pair, ...]:
    """The pairs of a group of rules, in the order of its file."""
    file = pairs_file(group, folder)
    if not file.is_file():
        return ()
    return _FILE.validate_python(yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader), strict=False)


def pair_edges(groups: Iterable[str], alerts: Mapping[str, object]) -> Iterator[Edge]:
    """The edges of these groups' pairs.

    Args:
        alerts: those that the stack has, by name; an edge to another would only be in the way.
    """
    for group in groups:
        for pair in pairs_of(group):
            for under in pair.under:
                if pair.over in alerts and under in alerts:
                    yield Edge(
                        "pair",
                        f"{_said(pair.over, pair.over_where)} over {_said(under, pair.under_where)}",
                        (named([pair.over]), *_where(pair.over_where)),
                        (named([under]), *_where(pair.under_where)),
                        pair.equal,
                        pair.why,
                    )


def _said(alert: str, labels: Mapping[str, tuple[str, ...]]) -> str:
    return " ".join((alert, *(value for values in labels.values() for value in values[:1])))


def _where(labels: Mapping[str, tuple[str, ...]]) -> tuple[Matcher, ...]:
    return tuple(Matcher(label, values) for label, values in labels.items())

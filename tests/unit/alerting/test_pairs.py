"""The pairs beside the rules: they name what exists, and their files are read strictly."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from alerting.pairs import Pair, pair_edges, pairs_file, pairs_of
from catalog.alerts import RULES, shipped_alerts
from settings.alerts import SEVERITIES

PAIRS = [
    pytest.param(file.name.removesuffix(".edges.yml"), pair, id=f"{file.name}: {pair.over}")
    for file in sorted(RULES.glob("*.edges.yml"))
    for pair in pairs_of(file.name.removesuffix(".edges.yml"))
]


@pytest.mark.parametrize(("group", "pair"), PAIRS)
def test_a_pair_names_alerts_that_exist_and_one_of_its_own_rules(group: str, pair: Pair) -> None:
    names = {pair.over, *pair.under}
    assert names <= set(shipped_alerts())
    # Or the file is about a component, by name: the pair is there when its rules are.
    assert any(shipped_alerts()[name].group == group for name in names) or group in str(pair.over_where)


@pytest.mark.parametrize(("group", "pair"), PAIRS)
def test_the_stronger_alert_of_a_pair_is_at_least_as_severe(group: str, pair: Pair) -> None:
    order: list[str] = [*SEVERITIES]
    ranks = {name: order.index(shipped_alerts()[name].severity) for name in (pair.over, *pair.under)}
    assert all(ranks[pair.over] <= ranks[name] for name in pair.under), group


def test_a_group_without_a_file_has_no_pairs(tmp_path: Path) -> None:
    assert pairs_of("kettles", tmp_path) == ()


def test_a_key_that_nobody_reads_is_refused(tmp_path: Path) -> None:
    file = pairs_file("kettles", tmp_path)
    file.write_text("- {over: A, under: [B], equal: [], why: so, because: so}", encoding="utf-8")
    with pytest.raises(ValidationError, match="because"):
        pairs_of("kettles", tmp_path)


def test_only_pairs_of_alerts_that_the_stack_has_become_edges() -> None:
    both = {"DatabaseConnectionsExhausted", "DatabaseConnectionsHigh"}
    (edge,) = pair_edges(["databases"], dict.fromkeys(both))
    assert (edge.about, edge.equal) == ("DatabaseConnectionsExhausted over DatabaseConnectionsHigh", ("service",))
    assert not list(pair_edges(["databases"], {"DatabaseConnectionsHigh": None}))

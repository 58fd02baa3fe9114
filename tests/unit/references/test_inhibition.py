"""The page of inhibitions."""

from __future__ import annotations

from alerting.inhibition import edges
from alerting.pairs import pairs_of
from catalog.alerts import RULES, rule_file
from references.inhibition import inhibition_text
from tests.inhibition import stacks


def test_the_page_has_a_row_for_every_pair_and_for_every_edge_of_the_shipped_stacks() -> None:
    rows = [line for line in inhibition_text().splitlines() if line.startswith("| ") and " --- " not in line]
    pairs = sum(len(pairs_of(file.name.removesuffix(".edges.yml"))) for file in RULES.glob("*.edges.yml"))
    every = [edge for name in ("dev", "prod") for edge in edges(stacks()[name])]
    drawn = [edge for edge in every if edge.relation not in ("pair", "aftermath")]
    headers = 3
    assert len(rows) == pairs + len(drawn) + headers
    assert all(edge.why in inhibition_text() for edge in drawn)


def test_a_row_says_what_silences_what_and_why() -> None:
    start = "| [DatabaseConnectionsExhausted](../runbooks/DatabaseConnectionsExhausted.md) | [DatabaseConnectionsHigh]"
    (row,) = [line for line in inhibition_text().splitlines() if line.startswith(start)]
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[1:] == [
        "[DatabaseConnectionsHigh](../runbooks/DatabaseConnectionsHigh.md)",
        "service",
        "the same connections, with none left",
    ]


def test_the_page_says_how_long_a_cause_is_remembered_as_the_rule_has_it() -> None:
    assert "[15m]" in rule_file("aftermath").read_text(encoding="utf-8")
    assert "goes on for 15m after the end" in inhibition_text()

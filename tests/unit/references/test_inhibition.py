"""The page of inhibitions."""

from __future__ import annotations

from alerting.inhibition import edges
from alerting.pairs import pairs_of
from catalog.alerts import RULES
from references.inhibition import inhibition_text
from tests.inhibition import stacks


def test_the_page_has_a_row_for_every_pair_and_for_every_edge_of_the_shipped_stacks() -> None:
    rows = [line for line in inhibition_text().splitlines() if line.startswith("| ") and " --- " not in line]
    pairs = sum(len(pairs_of(file.name.removesuffix(".edges.yml"))) for file in RULES.glob("*.edges.yml"))
    drawn = [edge for name in ("dev", "prod") for edge in edges(stacks()[name]) if edge.relation != "pair"]
    headers = 3
    assert len(rows) == pairs + len(drawn) + headers
    assert all(edge.why in inhibition_text() for edge in drawn)


def test_a_row_says_what_silences_what_and_why() -> None:
    (row,) = [line for line in inhibition_text().splitlines() if line.startswith("| [DatabaseConnectionsExhausted]")]
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[1:] == [
        "[DatabaseConnectionsHigh](../runbooks/DatabaseConnectionsHigh.md)",
        "service",
        "the same connections, with none left",
    ]

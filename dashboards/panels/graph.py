"""What is connected with what, as circles and arrows."""

from __future__ import annotations

from collections.abc import Mapping

from dashboards import sdk
from dashboards.panels.frame import COLUMNS, Panel, framed
from dashboards.panels.words import state_words
from dashboards.sdk import models


def node_graph(
    title: str,
    description: str,
    nodes: sdk.prometheus.Dataquery,
    edges: sdk.prometheus.Dataquery,
    *,
    states: Mapping[str, tuple[str, str]],
    width: int = COLUMNS,
    height: int = 10,
) -> Panel:
    """A graph of two `metrics_table` queries, whose labels have the names that Grafana's node graph reads.

    Args:
        title: shown above it.
        description: what it means and what to do about it.
        nodes: with the label `id`; the value is the node's state. The label
            `color` is the colour of its circle.
        edges: with the labels `id`, `source` and `target`, which are ids of nodes.
        states: word and colour of each value of a node, as `{"0": ("Down", BAD)}`.
        width: of 24 columns.
        height: in Grafana's grid units.
    """
    return (
        framed(sdk.nodegraph.Panel(), title, description, width=width, height=height)
        .targets([nodes.ref_id("nodes"), edges.ref_id("edges")])
        .mappings([state_words(states)])
        .with_transformation(
            models.DataTransformerConfig(
                "organize",
                options={
                    "excludeByName": {"Time": True, "Value #edges": True},
                    "indexByName": {},
                    "renameByName": {"Value #nodes": "mainstat"},
                },
            )
        )
    )

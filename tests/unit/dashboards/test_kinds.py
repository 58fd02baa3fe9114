"""The dashboards of single kinds: which panels a stack has, and what all of them keep to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from catalog import kinds
from dashboards import all_dashboards, dashboards_of
from dashboards.queries import panels_of
from tests.plans import plan_of
from tests.unit.dashboards.made import STORES

API: Mapping[str, object] = {"name": "api", "kind": "http", "target": "api:80"}
GRAPH: Mapping[str, object] = {"name": "graph", "kind": "neo4j", "target": "graph:2004"}
COMMUNITY: Mapping[str, object] = {"name": "small", "kind": "neo4j", "target": "small:7687", "edition": "community"}
EVENTS: Mapping[str, object] = {"name": "events", "kind": "kafka", "target": "kafka:9092"}
PIPELINES: Mapping[str, object] = {"name": "pipelines", "kind": "airflow"}
RECALL: Mapping[str, object] = {"name": "recall", "kind": "cache", "metrics_from": "api"}
READS: Mapping[str, object] = {"name": "reads", "kind": "queries", "metrics_from": "api"}
OFFICE: Mapping[str, object] = {"name": "office", "kind": "prober", "target": "office:9115"}
ORDERS: Mapping[str, object] = {"name": "orders", "kind": "business", "metrics_from": "api", "metric": "orders_total"}
INDEX: Mapping[str, object] = {"name": "index", "kind": "vector-search", "metrics_from": "api"}
# At first sight nothing more is asked of Prometheus; details are in collapsed rows.
_MOST_QUERIES = 30

# Kinds that share dashboards with others, or with every stack.
SHARED = {"container", "fastapi", "host", "http", "node", "otel", "probe", "prober"}
OF_KINDS = sorted({name for kind in kinds().values() if kind.name not in SHARED for name in kind.dashboards})


def rows_of(name: str, *entries: Mapping[str, object]) -> list[str]:
    document = dashboards_of(plan_of(*entries), STORES)[name]
    return [panel["title"] for panel in document["panels"] if panel["type"] == "row"]


def shown(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [panel for panel in document["panels"] if panel["type"] != "row"]


@pytest.mark.parametrize(
    ("name", "with_it", "without", "row"),
    [
        ("neo4j", [GRAPH], [COMMUNITY], "Saturation"),
        ("neo4j", [COMMUNITY], [GRAPH], "Community edition"),
        ("kafka", [{**EVENTS, "broker_metrics": ["kafka:7071"]}], [EVENTS], "Controllers"),
        ("airflow", [{**PIPELINES, "critical_dags": {"a": {"every": "1d"}}}], [PIPELINES], "Critical DAGs"),
        ("cache_and_queries", [API, RECALL], [API, READS], "Caches"),
        ("cache_and_queries", [API, READS], [API, RECALL], "Queries"),
        ("business", [API, ORDERS], [API, INDEX], "Business"),
        ("business", [API, INDEX], [API, ORDERS], "Vector search"),
    ],
)
def test_a_stack_has_only_the_rows_that_it_can_fill(
    name: str, with_it: list[Mapping[str, object]], without: list[Mapping[str, object]], row: str
) -> None:
    assert row in rows_of(name, *with_it)
    assert row not in rows_of(name, *without)


def test_every_kind_that_shares_none_has_a_dashboard() -> None:
    assert not [name for name, kind in kinds().items() if not kind.dashboards and name not in SHARED]


@pytest.mark.parametrize("name", OF_KINDS)
def test_health_comes_first_and_logs_come_last(name: str) -> None:
    document = all_dashboards(STORES)[name]
    rows = [panel["title"] for panel in document["panels"] if panel["type"] == "row"]
    assert rows[0] == "Health"
    assert "Logs" not in rows[:-1]
    assert {panel["title"] for panel in shown(document)} >= {"Up", "Firing alerts"}


@pytest.mark.parametrize("name", OF_KINDS)
def test_the_first_sight_of_a_dashboard_asks_few_queries(name: str) -> None:
    assert sum(len(panel["targets"]) for panel in shown(all_dashboards(STORES)[name])) <= _MOST_QUERIES


@pytest.mark.parametrize("name", OF_KINDS)
def test_what_a_panel_says_when_it_is_empty_and_its_title_are_short(name: str) -> None:
    for panel in panels_of(all_dashboards(STORES)[name]):
        assert len(panel["fieldConfig"]["defaults"].get("noValue", "")) <= 40, panel["title"]
        # Of the 24 columns of a page of 1280 pixels; a letter takes about seven.
        assert len(panel["title"]) * 7 <= panel["gridPos"]["w"] * 50, panel["title"]


@pytest.mark.parametrize(("probers", "told"), [(["office"], False), (["blackbox-exporter", "office"], True)])
def test_what_each_prober_finds_is_shown_where_there_are_several(probers: list[str], told: bool) -> None:
    probe = {"name": "shop", "kind": "probe", "target": "shop:80", "probers": probers}
    titles = {panel["title"] for panel in shown(dashboards_of(plan_of(probe, OFFICE), STORES)["probes"])}
    assert ("Answered and not, by prober" in titles) is told


def test_what_no_summary_tells_has_no_panel() -> None:
    summary = {**API, "metrics": {"histogram": "summary"}}
    classic, by_summary = (
        {panel["title"] for panel in shown(dashboards_of(plan_of(entry), STORES)["api"])} for entry in (API, summary)
    )
    assert {"Apdex", "Apdex over time"} <= classic - by_summary
    assert "Percentiles" in by_summary

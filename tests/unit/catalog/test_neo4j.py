"""Kind neo4j: metrics of the Enterprise edition, a probe of the Community edition."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from catalog.neo4j import KIND
from catalog.plan import RecordingRule, ScrapeJob
from tests.plans import mistakes_in, plan_of

LABELS = {"service": "graph", "kind": "neo4j", "owner": "search"}
PROBED = {**LABELS, "prober": "blackbox-exporter"}
ENTRY = {"name": "graph", "kind": "neo4j", "owner": "search", "target": "graph:2004"}
COMMUNITY = {**ENTRY, "edition": "community", "target": "graph:7687"}


def recorded(entry: Mapping[str, object]) -> list[RecordingRule]:
    return [rule for rule in plan_of(entry).recording_rules["graph"] if rule.record.startswith("service:neo4j_")]


def test_enterprise_is_scraped_itself() -> None:
    assert plan_of(ENTRY).scrape_jobs == (ScrapeJob("graph", ("graph:2004",), LABELS),)


def test_the_name_of_a_database_moves_from_the_metrics_into_a_label() -> None:
    labels = {**LABELS, "database": "orders.eu-1"}
    prefix, selector = "neo4j_database_orders_eu_1", '{service="graph"}'
    active = [f"sum by (instance) ({prefix}_transaction_active_{kind}{selector})" for kind in ("read", "write")]
    assert recorded({**ENTRY, "databases": ["orders.eu-1"]}) == [
        RecordingRule(
            "service:neo4j_checkpoint:seconds",
            f"max by (instance) ({prefix}_check_point_duration{selector}) / 1000",
            labels,
        ),
        RecordingRule("service:neo4j_transactions_active:count", " + ".join(active), labels),
        RecordingRule(
            "service:neo4j_transactions_committed:rate5m",
            f"sum by (instance) (rate({prefix}_transaction_committed_total{selector}[5m]))",
            labels,
        ),
    ]


def test_every_database_is_recorded_the_default_one_when_none_is_named() -> None:
    assert {rule.labels["database"] for rule in recorded(ENTRY)} == {"neo4j"}
    assert {rule.labels["database"] for rule in recorded({**ENTRY, "databases": ["a", "b"]})} == {"a", "b"}


def test_community_has_no_metrics_so_its_bolt_port_is_probed() -> None:
    plan = plan_of({**COMMUNITY, "scrape_interval": "30s"})
    assert plan.scrape_jobs == (ScrapeJob("graph", ("graph:7687",), PROBED, interval="30s", probe_module="tcp"),)
    assert recorded(COMMUNITY) == []


def test_every_mistake_is_named_with_what_is_allowed() -> None:
    assert mistakes_in({**ENTRY, "edition": "aura", "databases": ["a b"]}) == [
        "services[0].edition: found 'aura'. Allowed: community, enterprise.",
        "services[0].databases[0]: found 'a b'. Allowed: letters, digits, dots, dashes and underscores.",
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [("databases", ["neo4j"]), ("discover", {"dns": {"host": "graph", "port": 7687}})],
)
def test_what_only_enterprise_has_is_a_mistake_for_community(field: str, value: object) -> None:
    entry = {key: value for key, value in COMMUNITY.items() if key != "target" or field != "discover"}
    (mistake,) = mistakes_in({**entry, field: value})
    assert mistake == f"services[0].{field}: found {field} with edition: community. Allowed: no {field}."


def test_its_alerts_are_its_own() -> None:
    assert KIND.rules == ("neo4j",)


def test_a_database_that_is_named_twice_would_be_recorded_twice() -> None:
    (mistake,) = mistakes_in({**ENTRY, "databases": ["shop", "shop"]})
    assert mistake.startswith("services[0].databases: found 'shop' more than once.")

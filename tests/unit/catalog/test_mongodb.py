"""Kind mongodb: the exporter, its login, and what the exporter makes of MongoDB's documents."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client.core import Metric

from catalog.mongodb import KIND
from catalog.plan import Exporter, ScrapeJob
from settings.secrets import SecretFile
from tests.plans import mistakes_in, plan_of
from tests.proof import ROOT

LABELS = {"service": "events-db", "kind": "mongodb", "owner": "shop"}
ENTRY = {"name": "events-db", "kind": "mongodb", "owner": "shop", "target": "mongo:27017"}
NOW = datetime(2026, 11, 21, tzinfo=UTC)


def documents() -> Any:
    """The module of the exporter that needs no driver; its package is in a recipe, on no import path."""
    path = ROOT / "images/recipes/mongodb-exporter/mongodb_exporter/documents.py"
    spec = importlib.util.spec_from_file_location("mongodb_documents", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def samples(metrics: Iterable[Metric]) -> dict[tuple[str, tuple[str, ...]], float]:
    """Values by name and label values."""
    return {
        (sample.name, tuple(sample.labels.values())): sample.value for metric in metrics for sample in metric.samples
    }


def member(name: str, state: int, behind: int) -> Mapping[str, Any]:
    return {"name": f"{name}:27017", "state": state, "optimeDate": NOW - timedelta(seconds=behind)}


def replica_set(*members: Mapping[str, Any]) -> dict[tuple[str, tuple[str, ...]], float]:
    return samples(documents().replica_set_metrics({"set": "rs0", "myState": 2, "members": members}))


def test_mongodb_without_access_control_gets_an_exporter_without_secrets() -> None:
    plan = plan_of(ENTRY)
    assert plan.exporters == (
        Exporter(
            name="mongodb-exporter-events-db",
            image="mongodb-exporter",
            port=9216,
            service="events-db",
            args=("--target=mongo:27017", "--tls=disable"),
        ),
    )
    assert plan.scrape_jobs == (ScrapeJob("events-db", ("mongodb-exporter-events-db:9216",), LABELS),)


def test_its_password_is_a_file() -> None:
    (exporter,) = plan_of(
        {**ENTRY, "username": "monitor", "password": "eventsPassword", "auth_database": "users", "tls": "verify-full"}
    ).exporters
    assert exporter.args[1:] == ("--tls=verify-full", "--username=monitor", "--auth-database=users")
    assert exporter.secrets == {"password": SecretFile.of("eventsPassword")}
    assert exporter.env == {}


def test_every_mistake_is_named_with_what_is_allowed() -> None:
    assert mistakes_in({**ENTRY, "username": "a b", "auth_database": "", "tls": True}) == [
        "services[0].username: found 'a b'. Allowed: letters, digits, dots, dashes and underscores.",
        "services[0].auth_database: found ''. Allowed: letters, digits, dots, dashes and underscores.",
        "services[0].tls: found true. Allowed: disable, require, verify-full.",
    ]


@pytest.mark.parametrize(("given", "missing"), [("username", "password"), ("password", "username")])
def test_half_a_login_is_a_mistake(given: str, missing: str) -> None:
    (mistake,) = mistakes_in({**ENTRY, given: "eventsPassword"})
    assert mistake == f"services[0].{missing}: found {given} without {missing}. Allowed: both or none."


def test_the_exporter_counts_connections_and_operations() -> None:
    status = {
        "uptime": 60.0,
        "connections": {"current": 3, "available": 97, "active": 1},
        "opcounters": {"query": 5, "deprecated": {"total": 0}},
    }
    assert samples(documents().server_metrics(status)) == {
        ("mongodb_connections", ("current",)): 3,
        ("mongodb_connections", ("available",)): 97,
        ("mongodb_op_counters_total", ("query",)): 5,
        ("mongodb_instance_uptime_seconds", ()): 60.0,
    }


def test_the_exporter_says_how_far_each_secondary_is_behind_the_primary() -> None:
    found = replica_set(member("a", 1, 2), member("b", 2, 9), member("c", 2, 0), member("d", 7, 999))
    assert found == {
        ("mongodb_mongod_replset_my_state", ("rs0",)): 2,
        ("mongodb_mongod_replset_number_of_members", ("rs0",)): 4,
        ("mongodb_mongod_replset_has_primary", ("rs0",)): 1,
        ("mongodb_mongod_replset_member_replication_lag", ("rs0", "b:27017")): 7,
        # What this member heard of the primary is older than what c has applied.
        ("mongodb_mongod_replset_member_replication_lag", ("rs0", "c:27017")): 0,
    }


def test_without_a_primary_the_exporter_says_so_and_knows_no_lag() -> None:
    found = replica_set(member("a", 2, 0), member("b", 8, 500))
    assert found[("mongodb_mongod_replset_has_primary", ("rs0",))] == 0
    assert not [name for name, _ in found if name.endswith("_lag")]


def test_its_alerts_are_those_of_databases_and_its_own() -> None:
    assert KIND.rules == ("databases", "mongodb")

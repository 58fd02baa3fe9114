"""What our own MongoDB exporter makes of MongoDB's documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from prometheus_client.core import Metric

from exporters.mongodb.documents import replica_set_metrics, server_metrics

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def samples(metrics: Iterable[Metric]) -> dict[tuple[str, tuple[str, ...]], float]:
    """Values by name and label values."""
    return {
        (sample.name, tuple(sample.labels.values())): sample.value for metric in metrics for sample in metric.samples
    }


def member(name: str, state: int, behind: int) -> Mapping[str, Any]:
    # 8: DOWN. Of such a member MongoDB says health 0.
    health = float(state != 8)
    return {"name": f"{name}:27017", "state": state, "health": health, "optimeDate": NOW - timedelta(seconds=behind)}


def replica_set(*members: Mapping[str, Any]) -> dict[tuple[str, tuple[str, ...]], float]:
    return samples(replica_set_metrics({"set": "rs0", "myState": 2, "members": members}))


def test_the_exporter_counts_connections_and_operations() -> None:
    status = {
        "uptime": 60.0,
        "connections": {"current": 3, "available": 97, "active": 1},
        "opcounters": {"query": 5, "deprecated": {"total": 0}},
    }
    assert samples(server_metrics(status)) == {
        ("mongodb_connections", ("current",)): 3,
        ("mongodb_connections", ("available",)): 97,
        ("mongodb_op_counters_total", ("query",)): 5,
        ("mongodb_instance_uptime_seconds", ()): 60.0,
    }


def test_a_server_that_only_speaks_the_protocol_says_what_it_counts() -> None:
    assert samples(server_metrics({"uptime": 4.2})) == {("mongodb_instance_uptime_seconds", ()): 4.2}


def test_the_exporter_says_how_far_each_secondary_is_behind_the_primary() -> None:
    found = replica_set(member("a", 1, 2), member("b", 2, 9), member("c", 2, 0), member("d", 7, 999))
    assert found == {
        ("mongodb_mongod_replset_my_state", ("rs0",)): 2,
        ("mongodb_mongod_replset_number_of_members", ("rs0",)): 4,
        ("mongodb_mongod_replset_has_primary", ("rs0",)): 1,
        ("mongodb_mongod_replset_member_health", ("rs0", "a:27017")): 1,
        ("mongodb_mongod_replset_member_health", ("rs0", "b:27017")): 1,
        ("mongodb_mongod_replset_member_health", ("rs0", "c:27017")): 1,
        ("mongodb_mongod_replset_member_health", ("rs0", "d:27017")): 1,
        ("mongodb_mongod_replset_member_replication_lag", ("rs0", "b:27017")): 7,
        # What this member heard of the primary is older than what c has applied.
        ("mongodb_mongod_replset_member_replication_lag", ("rs0", "c:27017")): 0,
    }


def test_without_a_primary_the_exporter_says_so_and_knows_no_lag() -> None:
    found = replica_set(member("a", 2, 0), member("b", 8, 500))
    assert found[("mongodb_mongod_replset_has_primary", ("rs0",))] == 0
    assert not [name for name, _ in found if name.endswith("_lag")]


def test_a_member_that_the_others_do_not_hear_is_unhealthy() -> None:
    found = replica_set(member("a", 1, 0), member("b", 8, 500))
    health = "mongodb_mongod_replset_member_health"
    assert (found[(health, ("rs0", "a:27017"))], found[(health, ("rs0", "b:27017"))]) == (1, 0)

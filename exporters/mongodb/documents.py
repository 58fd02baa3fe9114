"""What `serverStatus` and `replSetGetStatus` say, as Prometheus metrics. Nothing here connects to anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

# Of the numbers that MongoDB gives to the states of a member.
_PRIMARY = 1
_SECONDARY = 2


def server_metrics(status: Mapping[str, Any]) -> Iterator[Metric]:
    """Connections, operations and uptime (seconds) out of the answer to `serverStatus`.

    Servers that only speak MongoDB's protocol do not count everything; what they do not say is left out.
    """
    connections = GaugeMetricFamily("mongodb_connections", "Client connections by state.", labels=["state"])
    counted = status.get("connections", {})
    for state in ("current", "available"):
        if state in counted:
            connections.add_metric([state], counted[state])
    yield connections
    operations = CounterMetricFamily("mongodb_op_counters", "Operations since the start by type.", labels=["type"])
    for name, count in status.get("opcounters", {}).items():
        # Servers put one document of deprecated operations among the numbers.
        if isinstance(count, int | float):
            operations.add_metric([name], count)
    yield operations
    yield GaugeMetricFamily("mongodb_instance_uptime_seconds", "Time since the start.", status["uptime"])


def replica_set_metrics(status: Mapping[str, Any]) -> Iterator[Metric]:
    """Members, their health, primary and lag (seconds) out of the answer to `replSetGetStatus`."""
    name, members = status["set"], status["members"]
    yield _gauge("my_state", "State of this member, in MongoDB's numbers.", name, status["myState"])
    yield _gauge("number_of_members", "Members of the replica set.", name, len(members))
    primary = next((member for member in members if member["state"] == _PRIMARY), None)
    yield _gauge("has_primary", "Whether this member sees a primary.", name, 1 if primary else 0)
    yield _health(name, members)
    if primary:
        yield _lag(name, primary, members)


def _gauge(metric: str, text: str, replica_set: str, value: float) -> Metric:
    family = GaugeMetricFamily(f"mongodb_mongod_replset_{metric}", text, labels=["set"])
    family.add_metric([replica_set], value)
    return family


def _health(replica_set: str, members: Sequence[Mapping[str, Any]]) -> Metric:
    family = GaugeMetricFamily(
        "mongodb_mongod_replset_member_health",
        "1 while this member has heartbeats of the other, and for itself.",
        labels=["set", "name"],
    )
    for member in members:
        family.add_metric([replica_set, member["name"]], member["health"])
    return family


def _lag(replica_set: str, primary: Mapping[str, Any], members: Sequence[Mapping[str, Any]]) -> Metric:
    family = GaugeMetricFamily(
        "mongodb_mongod_replset_member_replication_lag",
        "Seconds between the last operation of the primary and the last that this secondary has applied.",
        labels=["set", "name"],
    )
    for member in members:
        if member["state"] == _SECONDARY:
            lag = (primary["optimeDate"] - member["optimeDate"]).total_seconds()
            # A heartbeat may be older than the secondary's own last operation.
            family.add_metric([replica_set, member["name"]], max(lag, 0.0))
    return family

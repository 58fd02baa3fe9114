"""MongoDB: operations, connections, and the health of replica sets."""

from __future__ import annotations

from dashboards.about_services import threshold
from dashboards.panels import (
    BAD,
    GOOD,
    Dashboard,
    DashboardRow,
    Panel,
    latency,
    rate,
    saturation,
    stat,
    state_timeline,
    time_series,
)
from dashboards.queries import metrics, metrics_now
from dashboards.rows import kind_dashboard, share_of_threshold
from dashboards.series import highest, of, per_second, threshold_of, total
from dashboards.signals import Signals

_ALONE = "No replica set among these"


def _near_limits() -> tuple[Panel, ...]:
    return (
        share_of_threshold(
            "Connections, of their threshold",
            "Connections open, relative to the server's threshold for DatabaseConnectionsHigh. When red: give clients "
            "smaller pools.",
            "service:db_connections:ratio",
            "DatabaseConnectionsHigh",
            width=12,
        ),
        stat(
            "Primary",
            "Whether a member sees a primary of its replica set. When red: nothing can be written; see which members "
            "are left, and whether they hear each other.",
            metrics_now(f"min by (service, set) ({of('mongodb_mongod_replset_has_primary')})", "{{service}} {{set}}"),
            unit="none",
            steps=((0, BAD), (1, GOOD)),
            texts={"0": "None", "1": "Seen"},
            empty=_ALONE,
            width=12,
        ),
    )


def _work() -> tuple[Panel, ...]:
    return (
        rate(
            "Operations",
            "Operations per second, all kinds. A sudden fall is as telling as a rise: clients may not get through.",
            [metrics(of("service:db_queries:rate5m"), "{{service}}")],
            unit="ops",
        ),
        rate(
            "Operations by kind",
            "What the operations are. Many getmore are large results; many command are often health checks.",
            [metrics(per_second("mongodb_op_counters_total", by="service, type"), "{{service}} {{type}}")],
            unit="ops",
            stacked=True,
        ),
    )


def _room() -> tuple[Panel, ...]:
    return (
        saturation(
            "Connections in use",
            "Share of the connections that the server allows. Dashed: the threshold of DatabaseConnectionsHigh. At 1 "
            "clients are refused.",
            [metrics(of("service:db_connections:ratio"), "{{service}}")],
            threshold=threshold("DatabaseConnectionsHigh"),
        ),
        time_series(
            "Connections",
            "Connections open now. A step up after a deployment is a pool that became larger.",
            [metrics(total("mongodb_connections", 'state="current"'), "{{service}}")],
            unit="none",
        ),
    )


def _copies() -> tuple[Panel, ...]:
    lag = of("mongodb_mongod_replset_member_replication_lag")
    return (
        state_timeline(
            "Members",
            "Members of the replica set as the asked one hears them. When red: that member is down, or the network "
            "between them is.",
            [metrics(f"min by (service, name) ({of('mongodb_mongod_replset_member_health')})", "{{service}} {{name}}")],
            states={"0": ("Not heard", BAD), "1": ("Healthy", GOOD)},
            empty=_ALONE,
            width=12,
        ),
        latency(
            "Replication lag",
            "How far each secondary is behind the primary. Dashed: the threshold of MongodbReplicaLag. When above: "
            "look at its load and its disk before the primary's log has moved on.",
            [metrics(f"max by (service, name) ({lag})", "{{service}} {{name}}")],
            threshold=threshold_of("MongodbReplicaLag", lag),
            empty=_ALONE,
            width=12,
        ),
        time_series(
            "Number of members",
            "Members that the configuration of the replica set has. Fewer than before: somebody removed one.",
            [metrics(highest("mongodb_mongod_replset_number_of_members", by="service, set"), "{{service}} {{set}}")],
            unit="none",
            empty=_ALONE,
            width=12,
        ),
        time_series(
            "Up since",
            "How long the server has run. A fall to 0 is a restart: its log says why.",
            [metrics(highest("mongodb_instance_uptime_seconds"), "{{service}}")],
            unit="s",
            width=12,
        ),
    )


def _mongodb(signals: Signals) -> Dashboard:
    return kind_dashboard(
        "mongodb",
        "MongoDB",
        "MongoDB servers: operations, connections, replica sets.",
        signals,
        health=_near_limits(),
        rows=(
            DashboardRow("Traffic", _work()),
            DashboardRow("Saturation", _room()),
            DashboardRow("Replication", _copies()),
        ),
    )


DASHBOARD = _mongodb

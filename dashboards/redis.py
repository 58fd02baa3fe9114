"""Redis: commands, hits, clients, memory, replication, and whether its data is saved."""

from __future__ import annotations

from dashboards.about_services import threshold
from dashboards.panels import (
    BAD,
    GOOD,
    HIGH,
    Dashboard,
    DashboardRow,
    Panel,
    latency,
    rate,
    ratio,
    saturation,
    stat,
    time_series,
)
from dashboards.queries import metrics, metrics_now
from dashboards.rows import kind_dashboard, share_of_threshold
from dashboards.series import highest, of, per_second, share, total
from dashboards.signals import Signals


def _near_limits() -> tuple[Panel, ...]:
    saved = of("", '__name__=~"redis_(rdb_last_bgsave|aof_last_bgrewrite|aof_last_write)_status"')
    return (
        share_of_threshold(
            "Clients, of their threshold",
            "Clients connected, relative to the server's threshold for DatabaseConnectionsHigh. When red: find who "
            "opens connections and does not close them.",
            "service:db_connections:ratio",
            "DatabaseConnectionsHigh",
            width=12,
        ),
        stat(
            "Data saved",
            "Whether the last snapshot and the last writes of the append-only file succeeded. When red: the disk is "
            "full or slow; what came since is lost at a restart.",
            metrics_now(f"min by (service) ({saved})", "{{service}}"),
            unit="none",
            steps=((0, BAD), (1, GOOD)),
            texts={"0": "Failing", "1": "Saved"},
            width=12,
        ),
    )


def _work() -> tuple[Panel, ...]:
    spent = per_second("redis_commands_duration_seconds_total")
    refused = f"{per_second('redis_commands_failed_calls_total')} + {per_second('redis_commands_rejected_calls_total')}"
    return (
        rate(
            "Commands",
            "Commands per second. A sudden fall is as telling as a rise: clients may not get through.",
            [metrics(per_second("redis_commands_processed_total"), "{{service}}")],
            unit="ops",
            width=8,
        ),
        latency(
            "Mean command time",
            "How long a command takes inside the server, on average over five minutes. When it rises: see below "
            "which command, and the slow log.",
            [
                metrics(
                    f"{spent} / ({per_second('redis_commands_total')} > 0)",
                    "{{service}}",
                )
            ],
            width=8,
        ),
        rate(
            "Commands refused",
            "Commands per second that failed or were rejected: wrong type, no memory left, no login. When above 0: "
            "the details say which command.",
            [metrics(refused, "{{service}}")],
            unit="ops",
            width=8,
        ),
        ratio(
            "Hit ratio",
            "Share of key lookups that found their key, over five minutes. When it falls: keys expire or are evicted "
            "too early, or clients look for what never was.",
            [
                metrics(
                    share(per_second("redis_keyspace_hits_total"), per_second("redis_keyspace_misses_total")),
                    "{{service}}",
                )
            ],
            empty="No lookups",
            width=12,
        ),
        rate(
            "Keys evicted and expired",
            "Keys per second that went. Evictions mean that memory is full: give it more, or keep less.",
            [
                metrics(per_second("redis_evicted_keys_total"), "{{service}} evicted"),
                metrics(per_second("redis_expired_keys_total"), "{{service}} expired"),
            ],
            unit="ops",
            width=12,
        ),
    )


def _room() -> tuple[Panel, ...]:
    used, most = highest("redis_memory_used_bytes"), highest("redis_memory_max_bytes")
    return (
        saturation(
            "Memory, of maxmemory",
            "Share of maxmemory in use. Dashed: the threshold of RedisMemoryNearMax, which fires only where full "
            "memory hurts: writes are refused, or much is evicted.",
            [metrics(f"{used} / ({most} > 0)", "{{service}}")],
            threshold=threshold("RedisMemoryNearMax"),
            empty="No maxmemory is set",
            width=8,
        ),
        time_series(
            "Memory",
            "Bytes of data, and what the process takes of the host. Far more resident than used is fragmentation: "
            "activedefrag or a restart mends it.",
            [
                metrics(used, "{{service}} used"),
                metrics(highest("redis_memory_used_rss_bytes"), "{{service}} resident"),
            ],
            unit="bytes",
            width=8,
        ),
        time_series(
            "Clients",
            "Clients connected, and those that wait in a blocking command. Dashed: maxclients, above which new ones "
            "are turned away.",
            [
                metrics(total("redis_connected_clients"), "{{service}} connected"),
                metrics(total("redis_blocked_clients"), "{{service}} blocked"),
            ],
            unit="none",
            threshold=metrics(highest("redis_config_maxclients"), "{{service}} maxclients"),
            width=8,
        ),
        time_series(
            "Clients turned away",
            "Connections refused in the last five minutes because maxclients were there. Above 0, services get "
            "errors: close idle clients, or raise maxclients.",
            [metrics(of("service:db_clients_refused:increase5m"), "{{service}}")],
            unit="none",
            width=12,
        ),
        time_series(
            "Writes since the last snapshot",
            "Changes that only memory has. It grows for ever where snapshots are off or fail.",
            [metrics(highest("redis_rdb_changes_since_last_save"), "{{service}}")],
            unit="short",
            width=12,
        ),
    )


def _copies() -> tuple[Panel, ...]:
    return (
        time_series(
            "Replicas connected",
            "Replicas that follow the server. When one is missing: see its log, and the link to it.",
            [metrics(highest("redis_connected_slaves"), "{{service}}")],
            unit="none",
        ),
        stat(
            "Link to the primary",
            "Whether a replica hears its primary. When red: it answers with ever older data; see the network and the "
            "primary's log.",
            metrics_now(f"min by (service, master_host) ({of('redis_master_link_up')})", "{{service}} {{master_host}}"),
            unit="none",
            steps=((0, BAD), (1, GOOD)),
            texts={"0": "Down", "1": "Up"},
            empty="No replica among these",
            height=8,
        ),
    )


def _details() -> tuple[Panel, ...]:
    calls = per_second("redis_commands_total", by="service, cmd")
    spent = per_second("redis_commands_duration_seconds_total", by="service, cmd")
    return (
        rate(
            "Commands by name",
            "The ten most frequent commands. KEYS and SCAN on a busy server are worth a question.",
            [metrics(f"topk(10, {calls})", "{{service}} {{cmd}}")],
            unit="ops",
        ),
        latency(
            "Mean time by command",
            "The ten slowest commands, on average over five minutes. One that takes milliseconds blocks all others.",
            [metrics(f"topk(10, {spent} / ({calls} > 0))", "{{service}} {{cmd}}")],
        ),
        time_series(
            "Keys",
            "Keys of each database that has any. When they only grow: somebody sets keys without an expiry.",
            [metrics(f"{total('redis_db_keys', by='service, db')} > 0", "{{service}} {{db}}")],
            unit="short",
            empty="No keys",
        ),
        rate(
            "Network",
            "Bytes per second in and out. Much out for few commands means large values.",
            [
                metrics(per_second(f"redis_net_{way}_bytes_total"), f"{{{{service}}}} {way}")
                for way in ("input", "output")
            ],
            unit="Bps",
        ),
        stat(
            "Entries of the slow log",
            "Commands that took longer than slowlog-log-slower-than and are still in the log. SLOWLOG GET shows them.",
            metrics_now(highest("redis_slowlog_length"), "{{service}}"),
            unit="none",
            steps=((0, GOOD), (1, HIGH)),
        ),
    )


def _redis(signals: Signals) -> Dashboard:
    return kind_dashboard(
        "redis",
        "Redis",
        "Redis servers: commands, hits, clients, memory, evictions, replication.",
        signals,
        health=_near_limits(),
        rows=(
            DashboardRow("Traffic, errors, latency", _work()),
            DashboardRow("Saturation", _room()),
            DashboardRow("Replication", _copies()),
            DashboardRow("Details", _details(), collapsed=True),
        ),
    )


DASHBOARD = _redis

"""Neo4j: transactions, memory and checkpoints of the Enterprise edition; whether the Community edition answers."""

from __future__ import annotations

from catalog.plan import MonitoringPlan
from dashboards.about_services import threshold
from dashboards.panels import (
    Dashboard,
    DashboardRow,
    Panel,
    latency,
    only_where,
    rate,
    ratio,
    saturation,
    time_series,
)
from dashboards.queries import metrics
from dashboards.rows import kind_dashboard
from dashboards.series import highest, of, total
from dashboards.signals import Signals

_PROBED = 'kind="neo4j"'


def _enterprise(plan: MonitoringPlan) -> bool:
    """A service has metrics of its own."""
    return any(job.labels.get("kind") == "neo4j" and job.probe_module is None for job in plan.scrape_jobs)


def _community(plan: MonitoringPlan) -> bool:
    """A service is only probed."""
    return any(job.labels.get("kind") == "neo4j" and job.probe_module is not None for job in plan.scrape_jobs)


def _work() -> tuple[Panel, ...]:
    return (
        rate(
            "Transactions committed",
            "Transactions per second by database. A fall to 0 while some are open: they wait for each other.",
            [metrics(of("service:neo4j_transactions_committed:rate5m"), "{{service}} {{database}}")],
            unit="ops",
            width=8,
        ),
        time_series(
            "Transactions open",
            "Transactions that are open now. Dashed: the threshold of Neo4jTransactionsPiling. When above: SHOW "
            "TRANSACTIONS says who they are; end the oldest.",
            [metrics(of("service:neo4j_transactions_active:count"), "{{service}} {{database}}")],
            unit="none",
            threshold=threshold("Neo4jTransactionsPiling"),
            width=8,
        ),
        latency(
            "Checkpoint",
            "How long the last checkpoint took. Dashed: the threshold of Neo4jCheckpointSlow. When above: the disk is "
            "too slow for what is written, and a restart will take as long.",
            [metrics(of("service:neo4j_checkpoint:seconds"), "{{service}} {{database}}")],
            threshold=threshold("Neo4jCheckpointSlow"),
            width=8,
        ),
    )


def _room() -> tuple[Panel, ...]:
    used, most = highest("neo4j_dbms_vm_heap_used"), highest("neo4j_dbms_vm_heap_max")
    return (
        ratio(
            "Time in garbage collection",
            "Share of time in which everything stands still. Dashed: the threshold of Neo4jHeapPressure. When above: "
            "a query holds too much, or the heap is too small.",
            [metrics(of("service:neo4j_gc:ratio_rate5m"), "{{service}}")],
            threshold=threshold("Neo4jHeapPressure"),
            width=8,
        ),
        time_series(
            "Heap",
            "Bytes of the heap in use. Dashed: its maximum, where server.metrics.filter lets vm.heap.max through.",
            [metrics(used, "{{service}}")],
            unit="bytes",
            threshold=metrics(most, "{{service}} maximum"),
            empty="Heap is not among the metrics",
            width=8,
        ),
        saturation(
            "Found in the page cache",
            "Share of pages that needed no disk, over half an hour. Dashed: the threshold of Neo4jPageCacheThrashing; "
            "below it, with many faults, the cache is too small for the graph.",
            [metrics(of("service:neo4j_page_cache_hits:ratio_rate30m"), "{{service}}")],
            threshold=threshold("Neo4jPageCacheThrashing"),
            width=8,
        ),
        time_series(
            "Bolt connections",
            "Connections of clients that work and that are idle. Many that work and few commits: transactions wait.",
            [
                metrics(total("neo4j_dbms_bolt_connections_running"), "{{service}} running"),
                metrics(total("neo4j_dbms_bolt_connections_idle"), "{{service}} idle"),
            ],
            unit="none",
        ),
    )


def _answers() -> tuple[Panel, ...]:
    return (
        latency(
            "Time to connect",
            "How long it takes to connect to Bolt of a Community edition, which has no metrics. When it rises or "
            "ends: the server is overloaded or down; see its log.",
            [metrics(highest("probe_duration_seconds", _PROBED), "{{service}}")],
            width=24,
        ),
    )


def _neo4j(signals: Signals) -> Dashboard:
    return kind_dashboard(
        "neo4j",
        "Neo4j",
        "Neo4j servers: transactions, memory, page cache, checkpoints; of the Community edition whether it answers.",
        signals,
        rows=(
            DashboardRow("Traffic and latency", only_where(_enterprise, *_work())),
            DashboardRow("Saturation", only_where(_enterprise, *_room())),
            DashboardRow("Community edition", only_where(_community, *_answers())),
        ),
    )


DASHBOARD = _neo4j

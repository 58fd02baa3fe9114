"""Kafka: brokers, partitions, traffic of topics, and how far consumer groups are behind."""

from __future__ import annotations

from catalog.kafka import KafkaService
from catalog.plan import MonitoringPlan
from dashboards.panels import (
    BAD,
    GOOD,
    Dashboard,
    DashboardRow,
    Panel,
    latency,
    only_where,
    rate,
    saturation,
    stat,
    time_series,
)
from dashboards.queries import metrics, metrics_now
from dashboards.rows import kind_dashboard
from dashboards.series import highest, of, threshold_of, total
from dashboards.signals import Signals

_NO_GROUPS = "No consumer group"


def _own_metrics(plan: MonitoringPlan) -> bool:
    """Brokers of a cluster are scraped themselves."""
    return any(isinstance(service, KafkaService) and service.broker_metrics for service in plan.settings.services)


def _near_limits() -> tuple[Panel, ...]:
    return (
        stat(
            "Brokers, of those declared",
            "Brokers that are in the cluster, as a share of `brokers` in the settings. When red: start the missing "
            "one, and see why it stopped.",
            metrics_now(
                f"{of('kafka:brokers:count')} / on (service) group_left () {highest('kafka:brokers_declared:count')}",
                "{{service}}",
            ),
            unit="percentunit",
            steps=((0, BAD), (1, GOOD)),
            width=6,
        ),
        _partitions(
            "Offline partitions",
            "Partitions without a leader: nobody can read or write them. When red: start the brokers that hold them.",
            "kafka:partitions_offline:count",
        ),
        _partitions(
            "Under minimum in sync",
            "Partitions with fewer replicas in sync than min.insync.replicas: writes with acks=all fail. When red: "
            "find the brokers that are down or slow.",
            "kafka:partitions_under_min_in_sync:count",
        ),
        _partitions(
            "Under-replicated",
            "Partitions with a replica that is not in sync: one more failure may lose data. When red: find the broker "
            "that is down or slow.",
            "kafka:partitions_under_replicated:count",
        ),
    )


def _partitions(title: str, description: str, recorded: str) -> Panel:
    return stat(
        title,
        description,
        metrics_now(f"max by (service) ({of(recorded)})", "{{service}}"),
        unit="none",
        steps=((0, GOOD), (1, BAD)),
        empty="The exporter does not say",
        width=6,
    )


def _groups() -> tuple[Panel, ...]:
    lag = of("kafka:consumer_topic_lag:messages")
    read = f"sum by (service, group, topic) (rate({of('kafka:consumer_offset:messages')}[5m]))"
    waiting = (
        f"max by (service, group, topic) ({of('kafka:consumer_pause:seconds')}"
        f" and on (service, group, topic, partition) {of('kafka:consumer_lag:messages')} > 0)"
    )
    return (
        time_series(
            "Lag by group",
            "Messages that a group has not committed. Dashed: the threshold of KafkaConsumerLagGrowing, which fires "
            "when it is passed and still grows: add consumers, or find what slows them.",
            [metrics(lag, "{{group}} {{topic}}")],
            unit="short",
            threshold=threshold_of("KafkaConsumerLagGrowing", lag),
            empty=_NO_GROUPS,
        ),
        latency(
            "Time to catch up",
            "How long a group would need for its lag at the pace of the last five minutes. When it rises: consumers "
            "are slower than producers.",
            [metrics(f"{lag} / on (service, group, topic) group_left () ({read} > 0)", "{{group}} {{topic}}")],
            empty="No group reads now",
        ),
        rate(
            "Messages read",
            "Messages per second that groups commit. A fall to 0 with lag: the group is stuck or gone.",
            [metrics(read, "{{group}} {{topic}}")],
            unit="cps",
            empty=_NO_GROUPS,
        ),
        latency(
            "Since the last commit",
            "Longest time that a partition's group has committed nothing although there is something to read. Dashed: "
            "the threshold of KafkaConsumerStuck. When above: restart the consumer, and look at the message it is at.",
            [metrics(waiting, "{{group}} {{topic}}")],
            threshold=threshold_of("KafkaConsumerStuck", waiting),
            empty="Nothing waits to be read",
        ),
    )


def _topics() -> tuple[Panel, ...]:
    return (
        rate(
            "Messages written",
            "Messages per second that producers write, by topic. A sudden fall is as telling as a rise.",
            [
                metrics(
                    f"sum by (service, topic) (rate({of('kafka:topic_end_offset:messages')}[5m]))",
                    "{{service}} {{topic}}",
                )
            ],
            unit="cps",
        ),
        time_series(
            "Partitions at risk",
            "Partitions that are under-replicated, under their minimum in sync, or offline. Above 0 for minutes: a "
            "broker is down, or too slow to follow.",
            [
                metrics(f"max by (service) ({of(f'kafka:partitions_{state}:count')})", f"{{{{service}}}} {words}")
                for state, words in (
                    ("under_replicated", "under-replicated"),
                    ("under_min_in_sync", "under minimum"),
                    ("offline", "offline"),
                )
            ],
            unit="none",
        ),
    )


def _controllers() -> tuple[Panel, ...]:
    return (
        stat(
            "Active controllers",
            "Controllers that lead, by the brokers' own metrics. Other than 1: the cluster cannot change; see the "
            "controllers' logs.",
            metrics_now(total("kafka_controller_kafkacontroller_activecontrollercount"), "{{service}}"),
            unit="none",
            steps=((0, BAD), (1, GOOD), (2, BAD)),
            empty="No broker shows its own metrics",
            width=8,
        ),
    )


def _details() -> tuple[Panel, ...]:
    kept = (
        f"sum by (service, topic) ({of('kafka_topic_partition_current_offset')} - "
        f"{of('kafka_topic_partition_oldest_offset')})"
    )
    return (
        time_series(
            "Brokers",
            "Brokers in the cluster. Dashed: how many the settings declare.",
            [metrics(of("kafka:brokers:count"), "{{service}}")],
            unit="none",
            threshold=metrics(of("kafka:brokers_declared:count"), "{{service}} declared"),
        ),
        time_series(
            "Members of groups",
            "Consumers that each group has. 0 with lag: nobody reads; start them.",
            [metrics(highest("kafka_consumergroup_members", by="service, consumergroup"), "{{consumergroup}}")],
            unit="none",
            empty=_NO_GROUPS,
        ),
        time_series(
            "Messages kept",
            "Messages of each topic that are still there. When one grows without end: see its retention.",
            [metrics(kept, "{{service}} {{topic}}")],
            unit="short",
        ),
        saturation(
            "Preferred leaders",
            "Share of partitions led by the broker that should. When low: load is uneven; elect preferred leaders.",
            [
                metrics(
                    f"avg by (service) ({of('kafka_topic_partition_leader_is_preferred')})",
                    "{{service}}",
                )
            ],
        ),
        time_series(
            "Partitions",
            "Partitions of each topic. More than a few thousand in all make every election slow.",
            [metrics(highest("kafka_topic_partitions", by="service, topic"), "{{service}} {{topic}}")],
            unit="none",
        ),
    )


def _kafka(signals: Signals) -> Dashboard:
    return kind_dashboard(
        "kafka",
        "Kafka",
        "Kafka clusters: brokers, partitions, traffic of topics, lag of consumer groups.",
        signals,
        health=_near_limits(),
        rows=(
            DashboardRow("Consumer groups", _groups()),
            DashboardRow("Topics", _topics()),
            DashboardRow("Controllers", only_where(_own_metrics, *_controllers())),
            DashboardRow("Details", _details(), collapsed=True),
        ),
    )


DASHBOARD = _kafka

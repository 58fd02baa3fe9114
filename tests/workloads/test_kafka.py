"""A real Kafka of two brokers, watched by a stack of its own: lag and brokers are seen, alerts fire for what breaks.

The alerts are the shipped ones; only how long they wait is shortened, by the settings that users have for it. The last
tests break the cluster, so the order counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import docker
import pytest

from tests.proof import RULES, load
from tests.watching import WatchingStack, running_stack
from tests.workloads.kafka_installation import Kafka

STACK = "kafka"
NETWORK = "monitoring-test-kafka"
KAFKA_PORT = 38092
PORTS = {
    "grafana": 32000,
    "prometheus": 32090,
    "alertmanager": 32093,
    "otlp_grpc": 32317,
    "otlp_http": 32318,
    "memory_api": 32800,
}
ALERTS = {
    "KafkaDown": {"for": "30s"},
    "KafkaBrokerMissing": {"for": "30s"},
    "KafkaPartitionOffline": {"for": "30s"},
    "KafkaUnderReplicated": {"for": "30s"},
    "KafkaConsumerStuck": {"for": "30s"},
    "KafkaConsumerLagGrowing": {"for": "1m"},
}
LABELS = {"service": "events", "kind": "kafka", "owner": "shop"}


@dataclass(frozen=True)
class Watched:
    """The cluster and the stack that watches it."""

    kafka: Kafka
    stack: WatchingStack


@pytest.fixture(scope="module")
def watched(client: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """Both running; the stack's containers reach the brokers at the gateway of a Docker network they join."""
    folder = tmp_path_factory.mktemp(STACK)
    # Docker takes a second network of one name without a word: what an interrupted run left would be in the way.
    for left in client.networks.list(names=[NETWORK]):
        left.remove()
    network = client.networks.create(NETWORK)
    network.reload()
    kafka = Kafka(folder / "kafka", network.attrs["IPAM"]["Config"][0]["Gateway"], KAFKA_PORT)
    service = {
        **LABELS,
        "name": "events",
        "target": kafka.bootstrap,
        "brokers": 2,
        "broker_metrics": kafka.broker_metrics,
        "alerts": ALERTS,
    }
    del service["service"]
    try:
        kafka.start()
        kafka.consume("billing")
        # It takes little from each partition at a time, so that it commits offsets of all of them.
        kafka.consume("slow", "max.poll.records=10", "max.partition.fetch.bytes=5000", bytes_per_second=4000)
        with running_stack(STACK, folder, PORTS, services=[service], docker={"networks": [NETWORK]}) as stack:
            yield Watched(kafka, stack)
    finally:
        kafka.stop_all()
        network.remove()


def test_every_metric_that_rules_read_arrives_by_the_stacks_own_jobs(watched: Watched) -> None:
    for emitter in load(RULES / "kafka.emitters.yml"):
        if "upstream" not in emitter["emitter"]:
            for metric in emitter["metrics"]:
                (first, *_) = watched.stack.waits_for(metric, 90)
                assert LABELS.items() <= first.items(), metric


def test_brokers_and_partitions_are_seen(watched: Watched) -> None:
    watched.stack.waits_for('kafka:brokers:count{service="events"} == 2', 60)
    for expression in (
        'kafka_topic_partitions{topic="orders"} == 3',
        'kafka_topic_partition_replicas{topic="copied",partition="0"} == 2',
        'kafka:partitions_offline:count{source="exporter"} == 0',
        'kafka:partitions_offline:count{source="brokers"} == 0',
        'kafka:partitions_under_replicated:count{source="exporter"} == 0',
        'kafka:partitions_under_replicated:count{source="brokers"} == 0',
    ):
        watched.stack.waits_for(expression, 60)


@pytest.mark.parametrize("group", ["billing", "shipping"])
def test_groups_of_both_protocols_are_seen_by_partition(watched: Watched, group: str) -> None:
    watched.stack.waits_for(f'kafka_consumergroup_members{{consumergroup="{group}"}} == 1', 60)
    watched.stack.waits_for(f'increase(kafka:consumer_offset:messages{{group="{group}"}}[1m]) > 0', 90)
    found = watched.stack.query(f'kafka:consumer_lag:messages{{group="{group}"}}')
    assert {series["metric"]["partition"] for series in found} == {"0", "1", "2"}
    for series in found:
        assert set(series["metric"]) == {"__name__", "service", "kind", "owner", "group", "topic", "partition"}
        # The producer sends seven a second to each, and commits come every five seconds.
        assert 0 <= float(series["value"][1]) < 200


def test_a_group_that_is_slower_than_the_producer_falls_behind(watched: Watched) -> None:
    for alert in watched.stack.fires("KafkaConsumerLagGrowing", 420):
        assert alert.items() >= {**LABELS, "group": "slow", "topic": "orders", "severity": "warning"}.items()


def test_nothing_else_fires_while_all_is_well(watched: Watched) -> None:
    assert watched.stack.firing() - {"Heartbeat"} == {"KafkaConsumerLagGrowing"}


def test_a_group_that_stops_while_the_producer_goes_on_is_stuck(watched: Watched) -> None:
    watched.kafka.stop("billing")
    for alert in watched.stack.fires("KafkaConsumerStuck", 540):
        assert alert.items() >= {**LABELS, "group": "billing", "topic": "orders", "severity": "warning"}.items()
    watched.stack.waits_for('kafka_consumergroup_members{consumergroup="billing"} == 0', 30)


def test_a_group_that_goes_on_is_stuck_no_more(watched: Watched) -> None:
    watched.kafka.consume("billing")
    watched.stack.waits_for('absent(kafka:consumer_stuck:messages{group="billing"})', 120)


def test_a_killed_broker_is_missing_and_its_partitions_suffer(watched: Watched) -> None:
    watched.kafka.kill("broker-2")
    for name in ("KafkaBrokerMissing", "KafkaPartitionOffline", "KafkaUnderReplicated"):
        (alert,) = watched.stack.fires(name, 240)
        assert alert.items() >= LABELS.items()
    # `single` is offline, and the two of `copied` lack a copy as well.
    for source in ("exporter", "brokers"):
        watched.stack.waits_for(f'kafka:partitions_offline:count{{source="{source}"}} == 1', 60)
    watched.stack.waits_for('kafka:partitions_under_replicated:count{source="exporter"} == 3', 60)
    assert "KafkaDown" not in watched.stack.firing()


def test_without_any_broker_the_cluster_is_down(watched: Watched) -> None:
    watched.kafka.kill("broker-1")
    (alert,) = watched.stack.fires("KafkaDown", 240)
    assert alert.items() >= {**LABELS, "severity": "critical"}.items()
    # The exporter itself answers all the time.
    assert watched.stack.query('min_over_time(up{job="events"}[5m]) == 0') == []

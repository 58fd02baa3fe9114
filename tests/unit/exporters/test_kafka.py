"""The metrics that our own Kafka exporter makes of a cluster."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client.core import GaugeMetricFamily

from exporters.kafka.snapshot import Group, Partition, Snapshot, families


def samples(found: Iterable[GaugeMetricFamily]) -> dict[str, float]:
    return {
        f"{sample.name}{{{','.join(f'{name}={value}' for name, value in sorted(sample.labels.items()))}}}": sample.value
        for family in found
        for sample in family.samples
    }


def test_an_offline_partition_has_no_leader_and_no_offsets() -> None:
    cluster = Snapshot(
        brokers={1: "kafka:9092"},
        partitions=(
            Partition("orders", 0, 1, (1, 2), (1,), oldest=5, newest=105),
            Partition("orders", 1, None, (2,), ()),
        ),
    )
    assert samples(families(cluster)) == {
        "kafka_brokers{}": 1,
        "kafka_broker_info{address=kafka:9092,id=1}": 1,
        "kafka_topic_partitions{topic=orders}": 2,
        "kafka_topic_partition_current_offset{partition=0,topic=orders}": 105,
        "kafka_topic_partition_oldest_offset{partition=0,topic=orders}": 5,
        "kafka_topic_partition_leader{partition=0,topic=orders}": 1,
        "kafka_topic_partition_replicas{partition=0,topic=orders}": 2,
        "kafka_topic_partition_replicas{partition=1,topic=orders}": 1,
        "kafka_topic_partition_in_sync_replica{partition=0,topic=orders}": 1,
        "kafka_topic_partition_in_sync_replica{partition=1,topic=orders}": 0,
        "kafka_topic_partition_leader_is_preferred{partition=0,topic=orders}": 1,
        "kafka_topic_partition_leader_is_preferred{partition=1,topic=orders}": 0,
        "kafka_topic_partition_under_replicated_partition{partition=0,topic=orders}": 1,
        "kafka_topic_partition_under_replicated_partition{partition=1,topic=orders}": 1,
    }


def test_lag_is_the_distance_to_the_end_where_both_are_known() -> None:
    cluster = Snapshot(
        brokers={1: "kafka:9092"},
        partitions=(
            Partition("orders", 0, 1, (1,), (1,), oldest=0, newest=100),
            # The commit came between the two questions.
            Partition("orders", 1, 1, (1,), (1,), oldest=0, newest=50),
            Partition("orders", 2, None, (2,), ()),
        ),
        groups=(
            Group("billing", 2, {("orders", 0): 70, ("orders", 1): 51, ("orders", 2): 9}),
            Group("unknown", None),
        ),
    )
    found = samples(families(cluster))
    assert {name: value for name, value in found.items() if name.startswith("kafka_consumergroup")} == {
        "kafka_consumergroup_current_offset{consumergroup=billing,partition=0,topic=orders}": 70,
        "kafka_consumergroup_current_offset{consumergroup=billing,partition=1,topic=orders}": 51,
        "kafka_consumergroup_current_offset{consumergroup=billing,partition=2,topic=orders}": 9,
        "kafka_consumergroup_current_offset_sum{consumergroup=billing,topic=orders}": 130,
        "kafka_consumergroup_lag{consumergroup=billing,partition=0,topic=orders}": 30,
        "kafka_consumergroup_lag{consumergroup=billing,partition=1,topic=orders}": 0,
        "kafka_consumergroup_lag_sum{consumergroup=billing,topic=orders}": 30,
        "kafka_consumergroup_members{consumergroup=billing}": 2,
    }


def test_a_cluster_that_does_not_answer_has_no_brokers_and_nothing_else() -> None:
    assert samples(families(Snapshot())) == {"kafka_brokers{}": 0}


def test_min_in_sync_is_told_by_topic_where_it_could_be_read() -> None:
    found = samples(families(Snapshot(brokers={1: "kafka:9092"}, min_in_sync={"orders": 2})))
    assert found["kafka_topic_min_in_sync_replicas{topic=orders}"] == 2

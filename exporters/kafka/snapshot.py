"""What one scrape found in a cluster, and the metrics that tell it. Names and labels are danielqsj/kafka_exporter's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from prometheus_client.core import GaugeMetricFamily


@dataclass(frozen=True)
class Partition:
    """A partition. `leader` is None while none is elected; offsets are None when they could not be read."""

    topic: str
    number: int
    leader: int | None
    replicas: tuple[int, ...]
    in_sync: tuple[int, ...]
    oldest: int | None = None
    newest: int | None = None


@dataclass(frozen=True)
class Group:
    """A consumer group: its committed offsets by (topic, partition). `members` is None when nobody could say."""

    name: str
    members: int | None
    committed: Mapping[tuple[str, int], int] = field(default_factory=dict)


@dataclass(frozen=True)
class Snapshot:
    """A cluster: addresses of its brokers by id, partitions, groups. Without brokers, nothing answered.

    `min_in_sync` is min.insync.replicas by topic, of those whose settings may be read.
    """

    brokers: Mapping[int, str] = field(default_factory=dict)
    partitions: tuple[Partition, ...] = ()
    groups: tuple[Group, ...] = ()
    min_in_sync: Mapping[str, int] = field(default_factory=dict)


def families(found: Snapshot) -> Iterator[GaugeMetricFamily]:
    """Every metric of a snapshot."""
    yield GaugeMetricFamily("kafka_brokers", "Brokers that are in the cluster now.", value=len(found.brokers))
    yield _family(
        "kafka_broker_info",
        "1 for each broker.",
        ("id", "address"),
        (((str(number), address), 1) for number, address in found.brokers.items()),
    )
    yield from _topics(found.partitions)
    yield _family(
        "kafka_topic_min_in_sync_replicas",
        "Replicas in sync that a write with acks=all needs (min.insync.replicas).",
        ("topic",),
        (((topic,), count) for topic, count in found.min_in_sync.items()),
    )
    yield from _groups(found)


def _topics(partitions: tuple[Partition, ...]) -> Iterator[GaugeMetricFamily]:
    sizes: dict[str, int] = {}
    for partition in partitions:
        sizes[partition.topic] = sizes.get(partition.topic, 0) + 1
    yield _family(
        "kafka_topic_partitions", "Partitions of the topic.", ("topic",), (((t,), n) for t, n in sizes.items())
    )
    values: dict[str, tuple[str, Callable[[Partition], float | None]]] = {
        "current_offset": ("Offset that the next message gets.", lambda one: one.newest),
        "oldest_offset": ("Offset of the oldest message that is kept.", lambda one: one.oldest),
        "leader": ("Id of the leading broker; no sample while there is none.", lambda one: one.leader),
        "replicas": ("Replicas that are assigned.", lambda one: len(one.replicas)),
        "in_sync_replica": ("Replicas that are in sync.", lambda one: len(one.in_sync)),
        "leader_is_preferred": (
            "1 when the first replica leads.",
            lambda one: int(one.leader is not None and one.leader == one.replicas[0]),
        ),
        "under_replicated_partition": (
            "1 when fewer replicas are in sync than are assigned.",
            lambda one: int(len(one.in_sync) < len(one.replicas)),
        ),
    }
    for name, (text, value) in values.items():
        yield _family(
            f"kafka_topic_partition_{name}",
            text,
            ("topic", "partition"),
            (((one.topic, str(one.number)), value(one)) for one in partitions),
        )


def _groups(found: Snapshot) -> Iterator[GaugeMetricFamily]:
    ends = {(one.topic, one.number): one.newest for one in found.partitions}
    labels = ("consumergroup", "topic", "partition")
    offsets: list[tuple[tuple[str, ...], float]] = []
    lags: list[tuple[tuple[str, ...], float]] = []
    offset_sums: dict[tuple[str, ...], float] = {}
    lag_sums: dict[tuple[str, ...], float] = {}
    for group in found.groups:
        for (topic, number), offset in group.committed.items():
            key, whole = (group.name, topic, str(number)), (group.name, topic)
            offsets.append((key, offset))
            offset_sums[whole] = offset_sums.get(whole, 0) + offset
            end = ends.get((topic, number))
            if end is not None:
                # A commit that arrives between the two requests would make the lag negative.
                lags.append((key, max(0, end - offset)))
                lag_sums[whole] = lag_sums.get(whole, 0) + max(0, end - offset)
    yield _family("kafka_consumergroup_current_offset", "Offset that the group has committed.", labels, offsets)
    yield _family(
        "kafka_consumergroup_current_offset_sum", "The same, over the topic.", labels[:2], offset_sums.items()
    )
    yield _family("kafka_consumergroup_lag", "Messages that the group has not committed yet.", labels, lags)
    yield _family("kafka_consumergroup_lag_sum", "The same, over the topic.", labels[:2], lag_sums.items())
    yield _family(
        "kafka_consumergroup_members",
        "Consumers that are in the group.",
        labels[:1],
        (((group.name,), group.members) for group in found.groups),
    )


def _family(
    name: str, text: str, labels: tuple[str, ...], samples: Iterable[tuple[tuple[str, ...], float | None]]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=labels)
    for values, value in samples:
        if value is not None:
            family.add_metric(values, value)
    return family

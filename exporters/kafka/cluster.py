"""Reading a cluster with Confluent's admin client, within the time that a scrape has."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

# Only the image has the client, so the project's type checker does not see it.
from confluent_kafka import (  # type: ignore[import-not-found]
    ConsumerGroupTopicPartitions,
    KafkaError,
    KafkaException,
    TopicPartition,
)
from confluent_kafka.admin import (  # type: ignore[import-not-found]
    AdminClient,
    ConfigResource,
    OffsetSpec,
    ResourceType,
)
from prometheus_client.core import GaugeMetricFamily

from .snapshot import Group, Partition, Snapshot, families

# Prometheus gives a scrape ten seconds by default.
SCRAPE_SECONDS = 8.0
_METADATA_SECONDS = 4.0
_log = logging.getLogger(__name__)


class Cluster:
    """A collector for prometheus_client: every scrape reads the cluster.

    A cluster that does not answer has no brokers, and no other metric.
    """

    def __init__(self, configuration: Mapping[str, Any], topics: re.Pattern[str], groups: re.Pattern[str]) -> None:
        """Configuration is librdkafka's; topics and groups that match the patterns are left out."""
        self._configuration = {
            **configuration,
            "client.id": "kafka_exporter",
            # By itself the client logs every attempt; here an outage is one line.
            "log_level": 0,
            "error_cb": self._remember,
            "reconnect.backoff.ms": 500,
            # A broker that is back must be seen within a scrape or two.
            "reconnect.backoff.max.ms": 2000,
            "allow.auto.create.topics": False,
        }
        self._admin: Any = None
        self._without_topics = topics
        self._without_groups = groups
        self._answers = True
        self._reason = ""

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Nothing is known before the first scrape."""
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The metrics of the cluster as it is now."""
        return families(self._read())

    def _client(self) -> Any:
        admin = AdminClient(self._configuration)
        if password := self._configuration.get("sasl.password"):
            # As configuration it loses blanks at its beginning.
            admin.set_sasl_credentials(self._configuration["sasl.username"], password)
        return admin

    def _read(self) -> Snapshot:
        deadline = time.monotonic() + SCRAPE_SECONDS
        try:
            # Here, because it may refuse a certificate: that too is a cluster that cannot be read.
            self._admin = self._admin or self._client()
            metadata = self._admin.list_topics(timeout=_METADATA_SECONDS)
        except KafkaException as error:
            self._say(False, error)
            return Snapshot()
        self._say(True)
        partitions = [
            Partition(
                name,
                number,
                # -1: none is elected. A leader that is not among the brokers has just gone.
                one.leader if one.leader in metadata.brokers else None,
                tuple(one.replicas),
                tuple(one.isrs),
            )
            for name, topic in metadata.topics.items()
            if not self._without_topics.search(name)
            for number, one in sorted(topic.partitions.items())
        ]
        listing = self._admin.list_consumer_groups(request_timeout=_left(deadline))
        min_in_sync = self._min_in_sync({one.topic for one in partitions}, deadline)
        partitions = self._with_offsets(partitions, deadline)
        brokers = {number: f"{broker.host}:{broker.port}" for number, broker in metadata.brokers.items()}
        return Snapshot(brokers, tuple(partitions), self._groups(listing, partitions, deadline), min_in_sync)

    def _min_in_sync(self, topics: set[str], deadline: float) -> dict[str, int]:
        """The topics' own settings or the brokers' defaults: Kafka answers with what holds."""
        if not topics:
            return {}
        asked = [ConfigResource(ResourceType.TOPIC, topic) for topic in sorted(topics)]
        answers = self._admin.describe_configs(asked, request_timeout=_left(deadline))
        found = {}
        for resource, future in answers.items():
            settings = _result(future, deadline, f"min.insync.replicas of {resource.name}")
            if settings is None:
                # A login that may not read one may read none, and one line says it.
                break
            found[resource.name] = int(settings["min.insync.replicas"].value)
        return found

    def _say(self, answers: bool, error: Exception | None = None) -> None:
        """One line when the cluster goes, one when it is back."""
        if self._admin:
            # Lets the client tell what it met: a refused connection, login or certificate.
            self._admin.poll(0)
        if answers != self._answers:
            _log.warning(
                "the cluster answers again" if answers else f"the cluster does not answer: {self._reason or error}"
            )
        self._answers = answers

    def _remember(self, error: KafkaError) -> None:
        # That no broker is left follows from what went wrong with each.
        if error.code() != KafkaError._ALL_BROKERS_DOWN:
            self._reason = error.str()

    def _with_offsets(self, partitions: Sequence[Partition], deadline: float) -> list[Partition]:
        led = [TopicPartition(one.topic, one.number) for one in partitions if one.leader is not None]
        if not led:
            return list(partitions)
        ends = [
            self._admin.list_offsets(dict.fromkeys(led, spec), request_timeout=_left(deadline))
            for spec in (OffsetSpec.earliest(), OffsetSpec.latest())
        ]
        oldest, newest = (
            {
                (key.topic, key.partition): value.offset
                for key, future in found.items()
                if (value := _result(future, deadline, "offsets")) is not None
            }
            for found in ends
        )
        return [
            replace(one, oldest=oldest.get((one.topic, one.number)), newest=newest.get((one.topic, one.number)))
            for one in partitions
        ]

    def _groups(self, listing: Future[Any], partitions: Sequence[Partition], deadline: float) -> tuple[Group, ...]:
        listed = _result(listing, deadline, "the list of groups")
        names = (
            [one.group_id for one in listed.valid if not self._without_groups.search(one.group_id)] if listed else []
        )
        if not names:
            return ()
        seconds = _left(deadline)
        described = self._admin.describe_consumer_groups(names, request_timeout=seconds)
        committed = {
            name: self._admin.list_consumer_group_offsets(
                [ConsumerGroupTopicPartitions(name)], request_timeout=seconds
            )[name]
            for name in names
        }
        known = {(one.topic, one.number) for one in partitions}
        groups = []
        for name in names:
            description = _result(described[name], deadline, f"group {name}")
            offsets = _result(committed[name], deadline, f"offsets of group {name}")
            groups.append(
                Group(
                    name,
                    len(description.members) if description else None,
                    {
                        (one.topic, one.partition): one.offset
                        for one in (offsets.topic_partitions if offsets else ())
                        # Negative: nothing is committed. Unknown: the topic is left out, or deleted.
                        if one.offset >= 0 and (one.topic, one.partition) in known
                    },
                )
            )
        return tuple(groups)


def _left(deadline: float) -> float:
    """Seconds until the deadline, in what librdkafka takes for a timeout."""
    return max(0.1, deadline - time.monotonic())


def _result(future: Future[Any], deadline: float, what: str) -> Any:
    """What the cluster answered, None when it refused or was too slow: the rest of the scrape is still good."""
    try:
        return future.result(_left(deadline))
    except (KafkaException, TimeoutError) as error:
        _log.warning("%s could not be read: %s", what, str(error) or "too slow")
        return None

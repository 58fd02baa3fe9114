"""Apache Kafka through kafka_exporter (port 9308): brokers, partitions, and how far consumer groups are behind."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from catalog.kind import Kind, exporter_job, scrape_job, service_labels, up_behind
from catalog.plan import Contribution, Exporter, RecordingRule
from catalog.promql import any_of, label, series
from settings.encrypted import EncryptedService
from settings.secrets import SecretFile, SecretRef, secret_path
from settings.section import Section, mistake
from settings.syntax import LabelName, MetricName
from settings.types import Address, AnyText, Count, SecretName

_PORT = 9308
_PEM_OPTIONS = {"ca.pem": "ca-file", "certificate.pem": "cert-file", "key.pem": "key-file"}


def _group_name(value: str) -> str:
    # Kafka takes nearly anything.
    if not value.isprintable() or not value.strip():
        raise mistake(repr(value), "a consumer group's name, on one line")
    return value


GroupName = Annotated[str, AfterValidator(_group_name)]


class KafkaMetrics(Section):
    """Names of the exporter's gauges; the defaults are kafka_exporter's. For `exporter`, where another one runs."""

    consumer_lag: MetricName = Field(
        default="kafka_consumergroup_lag", description="Messages that a group has not committed, by partition."
    )
    consumer_offset: MetricName = Field(
        default="kafka_consumergroup_current_offset", description="Offset that a group has committed, by partition."
    )
    end_offset: MetricName = Field(
        default="kafka_topic_partition_current_offset", description="Offset of the next message, by partition."
    )
    brokers: MetricName = Field(default="kafka_brokers", description="Number of brokers in the cluster.")
    group_label: LabelName = Field(default="consumergroup", description="Label with the consumer group.")
    topic_label: LabelName = Field(default="topic", description="Label with the topic.")
    partition_label: LabelName = Field(default="partition", description="Label with the partition.")


class KafkaService(EncryptedService):
    """A Kafka cluster; target is a broker that clients start from, or a name for several of them."""

    kind: Literal["kafka"]
    brokers: Count = Field(default=1, description="Brokers that the cluster must have; fewer are an alert.")
    broker_metrics: tuple[Address, ...] = Field(
        default=(),
        description="JMX exporters of brokers and controllers, host:port, with `lowercaseOutputName: true` and "
        "names such as kafka_server_replicamanager_underreplicatedpartitions.",
    )
    exporter: Address | None = Field(
        default=None, description="An exporter that runs already, host:port; default: the stack runs kafka_exporter."
    )
    username: AnyText | None = Field(default=None, description="SASL user; default: none.")
    password: SecretName | None = Field(default=None, description="The name of the secret with its password.")
    mechanism: Literal["plain", "scram-sha256", "scram-sha512"] = Field(
        default="scram-sha512", description="How the user logs in, when there is one."
    )
    ignored_groups: tuple[GroupName, ...] = Field(
        default=(),
        description="Consumer groups that no alert is about, by their whole names: abandoned ones, whose offsets Kafka "
        "keeps for a week.",
    )
    metrics: KafkaMetrics = KafkaMetrics()

    @model_validator(mode="after")
    def _whole_login(self) -> KafkaService:
        if (self.username is None) != (self.password is None):
            there, missing = ("username", "password") if self.username else ("password", "username")
            raise mistake(f"{there} without {missing}", "both or neither", f"Add {missing}.")
        if self.username is None and "mechanism" in self.model_fields_set:
            raise mistake("it without username", "it with username and password", field="mechanism")
        return self

    @model_validator(mode="after")
    def _login_of_the_own_exporter(self) -> KafkaService:
        for field in ("username", "mechanism", "tls", "ca", "certificate", "key"):
            if self.exporter and field in self.model_fields_set:
                action = "Remove it: the exporter that runs already logs in by itself."
                raise mistake("it beside exporter", "it without exporter", action, field=field)
        if self.exporter is None and "metrics" in self.model_fields_set:
            action = "Remove it: the names of the stack's own exporter are known."
            raise mistake("it without exporter", "it beside exporter", action, field="metrics")
        return self

    @property
    def sends_password_openly(self) -> bool:
        """Whether whoever is on the way can read the password: a SCRAM login proves it without sending it."""
        return self.username is not None and self.mechanism == "plain" and self.tls == "disable"

    def secrets(self) -> dict[str, str]:
        """Its password, where it has one, and what its connection is checked and made with."""
        return {**({"password": self.password} if self.password else {}), **super().secrets()}


def _contribute(service: KafkaService) -> Contribution:
    exporter = _exporter(service)
    own = scrape_job(service, service.exporter) if service.exporter else exporter_job(service, exporter)
    # No service can have this name, so no other job can.
    brokers = replace(scrape_job(service, *service.broker_metrics), name=f"{service.name}/brokers")
    return Contribution(
        scrape_jobs=(own, brokers) if service.broker_metrics else (own,),
        exporters=() if service.exporter else (exporter,),
        recording_rules=_recordings(service),
        up=up_behind(service, "kafka:brokers:count"),
    )


def _exporter(service: KafkaService) -> Exporter:
    args = [f"--kafka.server={service.target}"]
    secrets: dict[str, SecretFile] = {}
    if service.username and service.password:
        args += ["--sasl.enabled", f"--sasl.mechanism={service.mechanism}", f"--sasl.username={service.username}"]
        # The exporter reads options from files too, so that the password is no argument.
        args.append(f"@{secret_path('login')}")
        secrets["login"] = SecretFile(("--sasl.password=", SecretRef(service.password), "\n"))
    if service.tls != "disable":
        args.append("--tls.enabled")
    if service.tls == "require":
        args.append("--tls.insecure-skip-tls-verify")
    args += [f"--tls.{_PEM_OPTIONS[name]}={secret_path(name)}" for name in service.pem_files()]
    secrets |= service.pem_files()
    return Exporter(
        name=f"kafka-exporter-{service.name}",
        image="kafka-exporter",
        port=_PORT,
        service=service.name,
        args=tuple(args),
        secrets=secrets,
    )


def _recordings(service: KafkaService) -> tuple[RecordingRule, ...]:
    names, labels = service.metrics, service_labels(service)
    partition = {"topic": names.topic_label, "partition": names.partition_label}
    consumer = {"group": names.group_label, **partition}

    ignored = ""
    if service.ignored_groups:
        ignored = f"{label(names.group_label)}!~{any_of(service.ignored_groups)}"

    def last(metric: str, but: str = "") -> str:
        # kafka_exporter 1.9.0 loses a series of nearly every scrape, each time another one.
        own = f'service="{service.name}"'
        return f"last_over_time({series(metric, own, but)}[2m])"

    def renamed(metric: str, renames: dict[str, str]) -> str:
        # It says -1 for what nobody has committed.
        inner = f"{last(metric, ignored if 'group' in renames else '')} >= 0"
        for ours, theirs in renames.items():
            if ours != theirs:
                inner = f'label_replace({inner}, "{ours}", "$1", "{theirs}", "(.+)")'
        return f"max by ({', '.join(renames)}) ({inner})"

    return (
        RecordingRule("kafka:consumer_lag:messages", renamed(names.consumer_lag, consumer), labels),
        RecordingRule("kafka:consumer_offset:messages", renamed(names.consumer_offset, consumer), labels),
        RecordingRule("kafka:topic_end_offset:messages", renamed(names.end_offset, partition), labels),
        RecordingRule("kafka:brokers:count", f"max({last(names.brokers)})", labels),
        RecordingRule("kafka:brokers_declared:count", f"vector({service.brokers})", labels),
    )


KIND = Kind("kafka", KafkaService, _contribute, ("kafka",), dashboards=("kafka",))

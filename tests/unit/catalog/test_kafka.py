"""Kind kafka: its exporter and jobs, and the names it records."""

from __future__ import annotations

import pytest

from catalog.kafka import KIND, KafkaService
from catalog.plan import Contribution, RecordingRule, ScrapeJob
from settings.secrets import SecretFile, SecretRef
from settings.service import ScrapeLimits
from tests.plans import mistakes_in, plan_of

LABELS = {"service": "events", "kind": "kafka", "owner": "shop"}
ENTRY = {"name": "events", "kind": "kafka", "owner": "shop", "target": "kafka:9092"}


def contribution(**fields: object) -> Contribution:
    return KIND.contribute(KafkaService.model_validate({**ENTRY, **fields}, strict=False))


def recorded(found: Contribution) -> dict[str, str]:
    assert all(rule.labels == LABELS for rule in found.recording_rules)
    return {rule.record: rule.expr for rule in found.recording_rules}


def test_an_exporter_reads_the_cluster_and_prometheus_the_exporter() -> None:
    plan = plan_of(ENTRY)
    assert plan.scrape_jobs == (ScrapeJob("events", ("kafka-exporter-events:9308",), LABELS),)
    (exporter,) = plan.exporters
    assert (exporter.name, exporter.image, exporter.port) == ("kafka-exporter-events", "kafka-exporter", 9308)
    assert exporter.args == ("--kafka.server=kafka:9092",)
    assert "kafka.rules.yml" in plan.rule_files


def test_a_password_is_an_option_in_a_secret_file() -> None:
    (exporter,) = contribution(username="monitor", password="eventsPassword").exporters
    assert exporter.args[1:] == (
        "--sasl.enabled",
        "--sasl.mechanism=scram-sha512",
        "--sasl.username=monitor",
        "@/run/secrets/login",
    )
    assert exporter.secrets == {"login": SecretFile(("--sasl.password=", SecretRef("eventsPassword"), "\n"))}


@pytest.mark.parametrize(
    ("fields", "args"),
    [
        ({"tls": "require"}, ("--tls.enabled", "--tls.insecure-skip-tls-verify")),
        ({"tls": "verify-full"}, ("--tls.enabled",)),
        ({"tls": "verify-full", "ca": "eventsCa"}, ("--tls.enabled", "--tls.ca-file=/run/secrets/ca.pem")),
    ],
)
def test_tls(fields: dict[str, object], args: tuple[str, ...]) -> None:
    (exporter,) = contribution(**fields).exporters
    assert exporter.args[1:] == args
    assert set(exporter.secrets) == ({"ca.pem"} if "ca" in fields else set())


def test_every_secret_is_reported_by_its_field() -> None:
    service = KafkaService(
        name="events",
        kind="kafka",
        target="kafka:9092",
        username="monitor",
        password="aPassword",
        tls="verify-full",
        ca="aCa",
    )
    assert service.secrets() == {"password": "aPassword", "ca": "aCa"}


def test_brokers_with_jmx_exporters_have_a_job_that_no_service_can_have() -> None:
    found = plan_of(
        {**ENTRY, "broker_metrics": ["k1:7071", "k2:7071"], "scrape_interval": "30s", "limits": {"series": 50_000}}
    )
    brokers = ScrapeJob(
        "events/brokers", ("k1:7071", "k2:7071"), LABELS, interval="30s", limits=ScrapeLimits(series=50_000)
    )
    assert found.scrape_jobs[1:] == (brokers,)


def test_an_exporter_that_runs_already_is_scraped_instead() -> None:
    found = contribution(exporter="kminion:8080", scrape_interval="30s")
    assert found.exporters == ()
    assert found.scrape_jobs == (ScrapeJob("events", ("kminion:8080",), LABELS, interval="30s"),)


def test_the_default_names_are_kafka_exporters() -> None:
    found = recorded(contribution())
    assert found["kafka:consumer_lag:messages"] == (
        "max by (group, topic, partition) (label_replace("
        'last_over_time(kafka_consumergroup_lag{service="events"}[2m]) >= 0, "group", "$1", "consumergroup", "(.+)"))'
    )
    assert found["kafka:topic_end_offset:messages"] == (
        'max by (topic, partition) (last_over_time(kafka_topic_partition_current_offset{service="events"}[2m]) >= 0)'
    )
    assert found["kafka:brokers:count"] == 'max(last_over_time(kafka_brokers{service="events"}[2m]))'


def test_other_names_are_recorded_under_the_same_family() -> None:
    metrics = {
        "consumer_offset": "group_offset",
        "group_label": "group_id",
        "topic_label": "topic_name",
        "partition_label": "partition_id",
    }
    found = recorded(contribution(metrics=metrics, exporter="lag:9308"))
    assert found["kafka:consumer_offset:messages"] == (
        "max by (group, topic, partition) (label_replace(label_replace(label_replace("
        'last_over_time(group_offset{service="events"}[2m]) >= 0, "group", "$1", "group_id", "(.+)"), '
        '"topic", "$1", "topic_name", "(.+)"), "partition", "$1", "partition_id", "(.+)"))'
    )


def test_ignored_groups_are_left_out_by_their_whole_names_of_what_is_about_groups() -> None:
    found = recorded(contribution(ignored_groups=["old.billing", 'a "b"']))
    assert (
        found["kafka:consumer_offset:messages"].count(r'{service="events", consumergroup!~"old\\.billing|a\\ \"b\""}')
        == 1
    )
    assert found["kafka:consumer_lag:messages"].count("consumergroup!~") == 1
    assert "consumergroup" not in found["kafka:topic_end_offset:messages"]


def test_the_declared_brokers_are_recorded() -> None:
    rule = RecordingRule("kafka:brokers_declared:count", "vector(3)", LABELS)
    assert rule in plan_of({**ENTRY, "brokers": 3}).recording_rules["events"]


def test_mistakes_name_the_key_and_what_is_allowed() -> None:
    found = mistakes_in(
        {
            **ENTRY,
            "brokers": 0,
            "broker_metrics": ["kafka"],
            "mechanism": "gssapi",
            "metrics": {"lag": "x"},
            "ignored_groups": ["", "a\nb"],
        }
    )
    assert {mistake.split(":")[0] for mistake in found} == {
        "services[0].brokers",
        "services[0].broker_metrics[0]",
        "services[0].mechanism",
        "services[0].metrics.lag",
        "services[0].ignored_groups[0]",
        "services[0].ignored_groups[1]",
    }


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"username": "monitor"}, "username without password"),
        ({"password": "aPassword"}, "password without username"),
        ({"ca": "aCa", "tls": "require"}, "ca with tls: require"),
        ({"mechanism": "plain"}, "mechanism: found it without username"),
        ({"metrics": {"brokers": "x"}}, "metrics: found it without exporter"),
    ],
)
def test_halves_are_refused(fields: dict[str, object], sentence: str) -> None:
    assert any(sentence in mistake for mistake in mistakes_in({**ENTRY, **fields}))

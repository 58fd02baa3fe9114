"""Kind airflow: the exporter that Airflow sends to, the DAGs that matter, and the names that the mapping gives."""

from __future__ import annotations

import re

import yaml

from catalog.airflow import KIND
from catalog.plan import IngestPort, RecordingRule, ScrapeJob
from settings.service import ScrapeLimits
from tests.plans import mistakes_in, plan_of
from tests.promql import selectors
from tests.proof import RULES, load

LABELS = {"service": "pipelines", "kind": "airflow", "owner": "data"}
ENTRY = {"name": "pipelines", "kind": "airflow", "owner": "data"}


def test_airflow_sends_to_an_exporter_that_prometheus_scrapes() -> None:
    plan = plan_of(ENTRY)
    assert plan.scrape_jobs == (ScrapeJob("pipelines", ("statsd-exporter-pipelines:9102",), LABELS),)
    (exporter,) = plan.exporters
    assert (exporter.name, exporter.image, exporter.port) == ("statsd-exporter-pipelines", "statsd-exporter", 9102)
    assert exporter.ingest == (IngestPort("statsd", 9125, 9125, "udp"),)
    assert "--statsd.mapping-config=/etc/exporter/statsd.yml" in exporter.args
    assert set(exporter.config) == {"statsd.yml"}


def test_port_interval_and_limits_can_be_others() -> None:
    plan = plan_of({**ENTRY, "statsd_port": 8125, "scrape_interval": "30s", "limits": {"series": 50_000}})
    (job,), (exporter,) = plan.scrape_jobs, plan.exporters
    assert (job.interval, job.limits) == ("30s", ScrapeLimits(series=50_000))
    assert exporter.ingest == (IngestPort("statsd", 9125, 8125, "udp"),)


def test_critical_dags_are_recorded_under_the_id_that_airflow_sends() -> None:
    plan = plan_of({**ENTRY, "critical_dags": {"invoices": {"every": "1d"}, "reports.weekly": {"every": "1w"}}})
    name = "service:airflow_critical_dag:interval_seconds"
    assert [rule for rule in plan.recording_rules["pipelines"] if rule.record == name] == [
        RecordingRule(name, "vector(86400)", {**LABELS, "dag_id": "invoices"}),
        RecordingRule(name, "vector(604800)", {**LABELS, "dag_id": "reports__weekly"}),
    ]


def test_dags_with_dots_have_mappings_of_their_own_before_the_shipped_ones() -> None:
    shipped = plan_of(ENTRY).exporters[0].config["statsd.yml"]
    plain = {"critical_dags": {"plain": {"every": "1d"}}}
    assert plan_of({**ENTRY, **plain}).exporters[0].config["statsd.yml"] == shipped
    assert mistakes_in({**ENTRY, "dotted_dags": ["plain"]}) == [
        "services[0].dotted_dags: found 'plain'. Allowed: ids with dots. "
        "Remove it: the other DAGs are known without an entry."
    ]
    changed = plan_of({**ENTRY, "dotted_dags": ["a.b", "a.b.c"]}).exporters[0].config["statsd.yml"]
    first, *_ = mappings = yaml.safe_load(changed)["mappings"]
    assert first["match"] == r"^airflow\.dagrun\.duration\.([^.]+)\.a\.b\.c$"
    assert first["labels"] == {"dag_id": "a__b__c", "state": "${1}"}
    assert mappings[10:] == yaml.safe_load(shipped)["mappings"]


def test_without_critical_dags_no_dag_is_recorded() -> None:
    assert {rule.record for rule in plan_of(ENTRY).recording_rules["pipelines"]} == {
        "service:declared:info",
        "service:up",
    }


def test_mistakes_name_the_key_and_what_is_allowed() -> None:
    found = mistakes_in(
        {
            **ENTRY,
            "target": "airflow:8080",
            "statsd_port": 0,
            "scrape_interval": "5m",
            "critical_dags": {"in voices": {"every": "1d"}, "reports": {}, "exports": {"every": "daily"}},
        }
    )
    places = {mistake.split(":")[0] for mistake in found}
    assert places >= {
        "services[0].target",
        "services[0].statsd_port",
        "services[0].critical_dags.in voices",
        "services[0].critical_dags.reports.every",
        "services[0].critical_dags.exports.every",
    }


def test_its_alerts_are_those_of_the_airflow_rules() -> None:
    assert KIND.rules == ("airflow",)
    assert "airflow.rules.yml" in plan_of(ENTRY).rule_files


def mapped_names() -> list[str]:
    """The metric names that the mapping gives, as patterns: parts may come from the StatsD name."""
    mappings = yaml.safe_load(plan_of(ENTRY).exporters[0].config["statsd.yml"])["mappings"]
    names = [entry["name"] for entry in mappings if entry.get("action") != "drop"]
    return [re.sub(r"\\\$1", "[a-z_]+", re.escape(name)) + "(_count|_sum|_bucket)?" for name in names]


def test_every_name_that_rules_read_is_one_that_the_mapping_gives() -> None:
    (airflow, *_) = load(RULES / "airflow.emitters.yml")
    unmapped = [name for name in airflow["metrics"] if not any(re.fullmatch(one, name) for one in mapped_names())]
    assert unmapped == []


def test_every_name_in_the_rules_has_an_emitter_or_is_recorded() -> None:
    rules = [rule for group in load(RULES / "airflow.rules.yml")["groups"] for rule in group["rules"]]
    there = {rule["record"] for rule in rules if "record" in rule} | {"up", "service:alert:override"}
    there |= {name for emitter in load(RULES / "airflow.emitters.yml") for name in emitter["metrics"]}
    read = [pattern for rule in rules for pattern in selectors(rule["expr"])]
    assert {pattern.pattern for pattern in read if not any(pattern.fullmatch(name) for name in there)} == set()


def test_what_is_not_listed_is_dropped_last() -> None:
    mappings = yaml.safe_load(plan_of(ENTRY).exporters[0].config["statsd.yml"])["mappings"]
    assert [entry["match"] for entry in mappings if entry.get("action") == "drop"] == ["."]
    assert mappings[-1]["match"] == "."


def test_two_dags_that_airflow_sends_under_one_name_are_told_apart_by_nothing() -> None:
    (mistake,) = mistakes_in({**ENTRY, "critical_dags": {"a.b": {"every": "1d"}, "a__b": {"every": "1h"}}})
    assert mistake.startswith("services[0].critical_dags: found 'a.b' and 'a__b'.")
    (mistake,) = mistakes_in({**ENTRY, "dotted_dags": ["a.b", "a.b"]})
    assert mistake.startswith("services[0].dotted_dags: found 'a.b' more than once.")

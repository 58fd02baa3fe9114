"""Kind `postgres`: its exporter, the questions it asks, and how it trusts the server."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import yaml

from catalog.plan import MonitoringPlan, ScrapeJob
from exporters.postgres.questions import questions
from program.known import known
from settings.secrets import SecretFile
from tests import plans
from tests.proof import asked as asked_of_prometheus

ENTRY: dict[str, object] = {"name": "db", "kind": "postgres", "target": "db.shop:5433", "password": "dbPassword"}


def plan_of(**fields: object) -> MonitoringPlan:
    return plans.plan_of({**ENTRY, **fields})


def mistakes_in(**fields: object) -> list[str]:
    return plans.mistakes_in({**ENTRY, **fields})


def test_the_server_is_scraped_through_an_exporter_that_reads_its_password_from_a_file() -> None:
    plan = plan_of(owner="shop", scrape_interval="30s")
    labels = {"service": "db", "kind": "postgres", "owner": "shop"}
    assert plan.scrape_jobs == (ScrapeJob("db", ("postgres-exporter-db:9187",), labels, interval="30s"),)
    (exporter,) = plan.exporters
    assert (exporter.name, exporter.image, exporter.port, exporter.service) == (
        "postgres-exporter-db",
        "postgres-exporter",
        9187,
        "db",
    )
    address = ("--host=db.shop", "--port=5433")
    assert exporter.args == (*address, "--username=monitor", "--tls=disable", "--database=postgres")
    assert not exporter.env
    assert exporter.secrets == {"password": SecretFile.of("dbPassword")}


def test_its_alerts_are_those_of_databases_and_its_own() -> None:
    assert {"databases.rules.yml", "postgres.rules.yml"} <= set(plan_of().rule_files)
    assert "PostgresReplicaLag" in known().alerts_of["postgres"]
    assert "RedisDown" not in known().alerts_of["postgres"]


def test_the_questions_give_the_names_that_rules_and_dashboards_read() -> None:
    plan = plan_of()
    asked = yaml.safe_load(plan.exporters[0].config["queries.yml"])
    columns = [(name, column) for name, query in asked.items() for metric in query["metrics"] for column in metric]
    labels = ("datname", "slot_name", "application_name")
    measured = {f"{name}_{column}" for name, column in columns if column not in labels and name.startswith("postgres_")}
    read = re.findall(r"\bpostgres_(?!wraparound_\()[a-z]+_[a-z_]+(?=\[)", plan.rule_files["postgres.rules.yml"])
    shown = {name for _, query in asked_of_prometheus() for name in re.findall(r"\bpostgres_[a-z_]+(?=\{)", query)}
    assert {*read, *shown, "postgres_wraparound_xid_age", "postgres_wraparound_multixact_age"} == measured


def test_the_names_of_upstreams_exporter_are_those_that_it_gives_and_somebody_reads() -> None:
    rules = " ".join(plan_of().rule_files.values())
    read = {*re.findall(r"\bpg_[a-z_]+", " ".join([rules, *(query for _, query in asked_of_prometheus())]))}
    found = questions(plan_of().exporters[0].config["queries.yml"])
    given = {f"{one.name}_{column}" for one in found for column in one.values if one.name.startswith("pg_")}
    assert given == read - {"pg_up", "pg_database_up"}


@pytest.mark.parametrize(
    "name", ["my-db", "my db", "ORDERS", "naïve", "日本語", 'a"b', "a'b", "a/b?c=d&e", "$x %20", "-x"]
)
def test_every_name_that_postgresql_allows_reaches_the_exporter_as_it_is(name: str) -> None:
    (exporter,) = plan_of(username=name, database=name, further_databases=[f"{name}2"]).exporters
    assert exporter.args[2:] == (f"--username={name}", "--tls=disable", f"--database={name}", f"--database={name}2")


def test_only_what_each_database_keeps_for_itself_is_asked_everywhere() -> None:
    asked = questions(plan_of().exporters[0].config["queries.yml"])
    assert [question.name for question in asked if question.everywhere] == ["postgres_tuples"]


def test_certificates_to_trust_are_a_secret_file() -> None:
    (exporter,) = plan_of(tls="verify-full", ca="dbCa").exporters
    assert "--ca-file=/run/secrets/ca.pem" in exporter.args
    assert exporter.secrets == {"password": SecretFile.of("dbPassword"), "ca.pem": SecretFile.of("dbCa")}


def test_without_certificates_the_public_authorities_are_trusted() -> None:
    (exporter,) = plan_of(tls="verify-full").exporters
    assert not any("--ca-file" in argument for argument in exporter.args)
    assert set(exporter.secrets) == {"password"}


@pytest.mark.parametrize("tls", ["disable", "require"])
def test_certificates_that_nothing_reads_are_refused(tls: str) -> None:
    assert mistakes_in(tls=tls, ca="dbCa") == [
        f"services[0].ca: found ca with tls: {tls}. Allowed: ca with tls: verify-full. "
        "Nothing else checks the server's certificate: set tls, or remove ca."
    ]


def test_the_secret_with_the_certificates_must_be_set() -> None:
    named = plans.configuration({**ENTRY, "tls": "verify-full", "ca": "otherCa"})
    (mistake,) = plans.mistakes_of(replace(named, secrets_set=frozenset({"dbPassword"})))
    assert mistake.startswith("services[0].ca: found 'otherCa'")

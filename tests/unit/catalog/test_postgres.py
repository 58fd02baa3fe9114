"""Kind `postgres`: its exporter, the questions it asks, and how it trusts the server."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import yaml

from catalog.plan import MonitoringPlan, ScrapeJob
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
    assert exporter.env == {
        "DATA_SOURCE_URI": "db.shop:5433/?sslmode=disable&connect_timeout=3",
        "PGUSER": "monitor",
        "PGDATABASE": "postgres",
        "PG_EXPORTER_EXTEND_QUERY_PATH": "/etc/exporter/queries.yml",
    }
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
    measured = {f"{name}_{column}" for name, column in columns if column not in labels}
    read = re.findall(r"\bpostgres_(?!wraparound_\()[a-z]+_[a-z_]+(?=\[)", plan.rule_files["postgres.rules.yml"])
    shown = {name for _, query in asked_of_prometheus() for name in re.findall(r"\bpostgres_[a-z_]+(?=\{)", query)}
    assert {*read, *shown, "postgres_wraparound_xid_age", "postgres_wraparound_multixact_age"} == measured


def test_no_question_gives_a_name_that_the_exporter_itself_may_take_one_day() -> None:
    asked = yaml.safe_load(plan_of().exporters[0].config["queries.yml"])
    assert all(name.startswith("postgres_") for name in asked)


def test_certificates_to_trust_are_a_secret_file() -> None:
    (exporter,) = plan_of(tls="verify-full", ca="dbCa").exporters
    assert exporter.env["DATA_SOURCE_URI"].endswith(
        "/?sslmode=verify-full&connect_timeout=3&sslrootcert=/run/secrets/ca.pem"
    )
    assert exporter.secrets == {"password": SecretFile.of("dbPassword"), "ca.pem": SecretFile.of("dbCa")}


def test_without_certificates_the_public_authorities_are_trusted() -> None:
    (exporter,) = plan_of(tls="verify-full").exporters
    assert exporter.env["DATA_SOURCE_URI"].endswith("&sslrootcert=/etc/ssl/certs/ca-certificates.crt")
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


def test_names_with_blanks_reach_the_exporter_which_would_cut_its_address_there() -> None:
    (exporter,) = plan_of(username="my role", database="my db?").exporters
    assert (exporter.env["PGUSER"], exporter.env["PGDATABASE"]) == ("my role", "my db?")
    assert "my" not in exporter.env["DATA_SOURCE_URI"]


def test_further_databases_are_asked_by_the_same_exporter() -> None:
    (exporter,) = plan_of(database="my db", databases=["shop", "a'b\"c"]).exporters
    assert exporter.env["PGDATABASE"] == "my db"
    assert exporter.env["PG_EXPORTER_AUTO_DISCOVER_DATABASES"] == "true"
    assert exporter.env["PG_EXPORTER_INCLUDE_DATABASES"] == "shop,a'b\"c"


def test_only_what_each_database_keeps_for_itself_is_asked_in_each() -> None:
    asked = yaml.safe_load(plan_of().exporters[0].config["queries.yml"])
    assert [name for name, query in asked.items() if not query.get("master")] == ["postgres_tuples"]
    # Without the label the answers of two databases would be one series, and the exporter would refuse both.
    assert {"datname": {"usage": "LABEL", "description": "Database."}} in asked["postgres_tuples"]["metrics"]


@pytest.mark.parametrize("name", ["my db", "a,b", "/shop"])
def test_a_further_database_that_the_exporter_would_take_for_another_is_refused(name: str) -> None:
    assert mistakes_in(databases=["shop", name]) == [
        f"services[0].databases[1]: found {name!r}. Allowed: a name without blanks and commas, and without / in front. "
        "The exporter reads it otherwise: name it as `database`, or in a service of its own."
    ]


@pytest.mark.parametrize("databases", [["shop", "shop"], ["postgres", "shop"]])
def test_a_database_that_is_named_twice_is_refused(databases: list[str]) -> None:
    twice = max(databases, key=["postgres", *databases].count)
    assert mistakes_in(databases=databases) == [
        f"services[0].databases: found {twice!r}. Allowed: each database once, and not the one of `database`."
    ]


def test_a_certificate_of_the_clients_own_stands_beside_the_password() -> None:
    (exporter,) = plan_of(tls="require", certificate="dbCertificate", key="dbKey").exporters
    assert set(exporter.secrets) == {"password", "certificate.pem", "key.pem"}
    assert exporter.env["DATA_SOURCE_URI"].endswith(
        "?sslmode=require&connect_timeout=3&sslcert=/run/secrets/certificate.pem&sslkey=/tmp/key.pem"
    )
    assert exporter.tmpfs == ("/tmp",)


def test_a_certificate_alone_is_a_login() -> None:
    entry = {key: value for key, value in ENTRY.items() if key != "password"}
    (exporter,) = plans.plan_of({**entry, "tls": "require", "certificate": "dbCertificate", "key": "dbKey"}).exporters
    assert set(exporter.secrets) == {"certificate.pem", "key.pem"}


def test_a_role_without_a_login_is_refused() -> None:
    entry = {key: value for key, value in ENTRY.items() if key != "password"}
    assert plans.mistakes_in(entry) == [
        "services[0].password: found nothing. "
        "Allowed: the name of a secret in camelCase, for example memoryDbPassword. Add it, or certificate and key."
    ]


def test_a_login_is_missed_beside_other_mistakes_and_not_where_it_is_written_wrongly() -> None:
    entry = {key: value for key, value in ENTRY.items() if key != "password"}
    found = plans.mistakes_in({**entry, "username": "", "databases": ["a", "a"]})
    assert {mistake.partition(":")[0] for mistake in found} == {
        f"services[0].{field}" for field in ("password", "username", "databases")
    }
    (certificate,) = plans.mistakes_in({**entry, "tls": "require", "certificate": "a b", "key": "dbKey"})
    assert certificate.startswith("services[0].certificate: found something else, which is not repeated here.")

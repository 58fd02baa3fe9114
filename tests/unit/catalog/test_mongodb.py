"""Kind mongodb: its exporter and its login."""

from __future__ import annotations

import pytest

from catalog.mongodb import KIND
from catalog.plan import Exporter, ScrapeJob
from settings.secrets import SecretFile, SecretRef
from tests.plans import mistakes_in, plan_of

LABELS = {"service": "events-db", "kind": "mongodb", "owner": "shop"}
ENTRY = {"name": "events-db", "kind": "mongodb", "owner": "shop", "target": "mongo:27017"}


def test_mongodb_without_access_control_gets_an_exporter_without_secrets() -> None:
    plan = plan_of(ENTRY)
    assert plan.exporters == (
        Exporter(
            name="mongodb-exporter-events-db",
            image="mongodb-exporter",
            port=9216,
            service="events-db",
            args=("--target=mongo:27017", "--tls=disable"),
        ),
    )
    assert plan.scrape_jobs == (ScrapeJob("events-db", ("mongodb-exporter-events-db:9216",), LABELS),)


def test_its_password_is_a_file() -> None:
    (exporter,) = plan_of(
        {**ENTRY, "username": "monitor", "password": "eventsPassword", "auth_database": "users", "tls": "verify-full"}
    ).exporters
    assert exporter.args[1:] == ("--tls=verify-full", "--username=monitor", "--auth-database=users")
    assert exporter.secrets == {"password": SecretFile.of("eventsPassword")}
    assert exporter.env == {}


def test_every_mistake_is_named_with_what_is_allowed() -> None:
    assert mistakes_in({**ENTRY, "username": "a b", "auth_database": "", "tls": True}) == [
        "services[0].tls: found true. Allowed: disable, require, verify-full.",
        "services[0].auth_database: found ''. Allowed: a string that is not empty.",
    ]


def test_its_certificates_are_files() -> None:
    tls = {"tls": "verify-full", "ca": "innerCa", "certificate": "innerCertificate", "key": "innerKey"}
    (exporter,) = plan_of({**ENTRY, **tls}).exporters
    files = ("--ca-file=/run/secrets/ca.pem", "--certificate-key-file=/run/secrets/client.pem")
    assert exporter.args[2:] == files
    both = SecretFile((SecretRef("innerCertificate"), "\n", SecretRef("innerKey"), "\n"))
    assert exporter.secrets == {"ca.pem": SecretFile.of("innerCa"), "client.pem": both}


@pytest.mark.parametrize(("given", "missing"), [("username", "password"), ("password", "username")])
def test_half_a_login_is_a_mistake(given: str, missing: str) -> None:
    (mistake,) = mistakes_in({**ENTRY, given: "eventsPassword"})
    assert mistake == f"services[0].{missing}: found {given} without {missing}. Allowed: both or none."


def test_its_alerts_are_those_of_databases_and_its_own() -> None:
    assert KIND.rules == ("databases", "mongodb")


def test_a_database_of_a_user_needs_the_user() -> None:
    assert mistakes_in({**ENTRY, "auth_database": "shop"}) == [
        "services[0].auth_database: found it without username. Allowed: it with username and password."
    ]

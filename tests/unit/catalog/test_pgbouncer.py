"""Kind `pgbouncer`: its exporter, and how that logs in to the console."""

from __future__ import annotations

import pytest

from catalog.libpq import START
from catalog.pgbouncer import KIND
from catalog.plan import Exporter, MonitoringPlan, ScrapeJob
from program.known import known
from settings.secrets import SecretFile
from tests import plans

ENTRY = {"name": "pool", "kind": "pgbouncer", "target": "pool.shop:6432", "password": "poolPassword", "owner": "shop"}
ADDRESS = "PGBOUNCER_EXPORTER_CONNECTION_STRING"
MUTUAL = {"tls": "verify-full", "ca": "innerCa", "certificate": "innerCertificate", "key": "innerKey"}


def plan_of(**fields: object) -> MonitoringPlan:
    return plans.plan_of({**ENTRY, **fields})


def test_its_console_is_asked_by_an_exporter_whose_password_is_in_a_file() -> None:
    plan = plan_of()
    assert plan.exporters == (
        Exporter(
            name="pgbouncer-exporter-pool",
            image="pgbouncer-exporter",
            port=9127,
            service="pool",
            entrypoint=("/bin/sh", "/etc/exporter/start.sh", "/bin/pgbouncer_exporter"),
            env={
                ADDRESS: "postgres://pool.shop:6432/pgbouncer?sslmode=disable&connect_timeout=3",
                "PGUSER": "monitor",
            },
            config={"start.sh": START},
            secrets={"password": SecretFile.of("poolPassword")},
        ),
    )
    labels = {"service": "pool", "kind": "pgbouncer", "owner": "shop"}
    assert plan.scrape_jobs == (ScrapeJob("pool", ("pgbouncer-exporter-pool:9127",), labels),)


@pytest.mark.parametrize("name", ["my role", "Jürgen", "a@b:c/d?e#f%20", "$HOME"])
def test_every_name_of_a_user_reaches_the_exporter_beside_its_address(name: str) -> None:
    (exporter,) = plan_of(username=name).exporters
    assert exporter.env["PGUSER"] == name
    assert exporter.env[ADDRESS] == plan_of().exporters[0].env[ADDRESS]


def test_an_ipv6_address_and_certificates_are_said_as_libpq_reads_them() -> None:
    (exporter,) = plan_of(target="[::1]:6432", **MUTUAL).exporters
    assert exporter.env[ADDRESS] == (
        "postgres://[::1]:6432/pgbouncer?sslmode=verify-full&connect_timeout=3&sslrootcert=/run/secrets/ca.pem"
        "&sslcert=/run/secrets/certificate.pem&sslkey=/tmp/key.pem"
    )
    assert set(exporter.secrets) == {"password", "ca.pem", "certificate.pem", "key.pem"}
    assert exporter.tmpfs == ("/tmp",)


def test_a_certificate_alone_is_a_login_and_nothing_is_none() -> None:
    entry = {key: said for key, said in ENTRY.items() if key != "password"}
    (exporter,) = plans.plan_of({**entry, **MUTUAL}).exporters
    assert "password" not in exporter.secrets
    (mistake,) = plans.mistakes_in(entry)
    assert mistake.startswith("services[0].password: found nothing.")
    assert mistake.endswith("Add it, or certificate and key.")


def test_only_its_console_is_asked() -> None:
    (mistake,) = plans.mistakes_in({**ENTRY, "database": "shop"})
    assert mistake.startswith("services[0].database: ")


def test_its_alerts_are_those_of_databases_and_its_own() -> None:
    assert KIND.rules == ("databases", "pgbouncer")
    assert {"PgbouncerDown", "DatabaseConnectionsExhausted"} <= set(known().alerts_of["pgbouncer"])


def test_it_is_down_while_its_console_is_not_reached() -> None:
    (up,) = [rule for rule in plan_of().recording_rules["pool"] if rule.record == "service:up"]
    assert '__name__=~"up|pgbouncer_up"' in up.expr

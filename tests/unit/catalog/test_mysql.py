"""Kind mysql: the exporter, and the password in the client's options."""

from __future__ import annotations

import pytest

from catalog.mysql import KIND
from catalog.plan import Exporter, ScrapeJob
from settings.secrets import SecretFile, SecretRef
from settings.service import ScrapeLimits
from tests.plans import mistakes_in, plan_of

LABELS = {"service": "orders-db", "kind": "mysql", "owner": "shop"}
ENTRY = {"name": "orders-db", "kind": "mysql", "owner": "shop", "target": "db.shop:3307", "password": "ordersPassword"}


def options(text: str = "tls = false\n", user: str = "monitor") -> SecretFile:
    """The file that the exporter reads, with `text` at its end."""
    head = f'[client]\nhost = db.shop\nport = 3307\ndollar = $\nuser = """{user}"""\n'
    return SecretFile((head, 'password = """', SecretRef("ordersPassword", "my-cnf"), '"""\n', text))


def test_mysql_is_watched_by_its_exporter_and_its_password_is_in_a_file() -> None:
    plan = plan_of(ENTRY)
    assert plan.exporters == (
        Exporter(
            name="mysqld-exporter-orders-db",
            image="mysqld-exporter",
            port=9104,
            service="orders-db",
            args=("--config.my-cnf=/run/secrets/my.cnf",),
            secrets={"my.cnf": options()},
        ),
    )
    assert plan.scrape_jobs == (ScrapeJob("orders-db", ("mysqld-exporter-orders-db:9104",), LABELS),)


@pytest.mark.parametrize(
    ("tls", "args", "text"),
    [
        ("disable", (), "tls = false\n"),
        ("require", ("--tls.insecure-skip-verify",), ""),
        ("verify-full", (), "ssl-ca = /etc/ssl/certs/ca-certificates.crt\n"),
    ],
)
def test_encryption_is_asked_for_in_words_that_every_version_knows(tls: str, args: tuple[str, ...], text: str) -> None:
    (exporter,) = plan_of({**ENTRY, "tls": tls, "username": "exporter-ro"}).exporters
    assert exporter.args[1:] == args
    assert exporter.secrets == {"my.cnf": options(text, user="exporter-ro")}


def test_a_certificate_of_its_own_is_shown_to_a_server_that_is_checked() -> None:
    tls = {"tls": "verify-full", "ca": "innerCa", "certificate": "innerCertificate", "key": "innerKey"}
    (exporter,) = plan_of({**ENTRY, **tls}).exporters
    names = (("ssl-ca", "ca"), ("ssl-cert", "certificate"), ("ssl-key", "key"))
    assert exporter.secrets["my.cnf"] == options("".join(f"{name} = /run/secrets/{file}.pem\n" for name, file in names))
    assert set(exporter.secrets) == {"my.cnf", "ca.pem", "certificate.pem", "key.pem"}
    (mistake,) = mistakes_in({**ENTRY, "tls": "require", "certificate": "innerCertificate", "key": "innerKey"})
    assert mistake.startswith("services[0].certificate: found it with tls: require. Allowed: it with tls: verify-full.")


@pytest.mark.parametrize("name", ["two words", "o'neil", 'a"b', "a#b;c=d", "Jörg@%20/x"])
def test_every_other_name_of_a_user_is_read_as_it_is(name: str) -> None:
    (exporter,) = plan_of({**ENTRY, "username": name}).exporters
    assert exporter.secrets["my.cnf"] == options(user=name)


def test_a_dollar_sign_is_referred_to_because_upstreams_program_expands_it() -> None:
    (exporter,) = plan_of({**ENTRY, "username": "pay$HOME"}).exporters
    assert exporter.secrets["my.cnf"] == options(user="pay%(dollar)sHOME")


def test_interval_and_limits_reach_the_job() -> None:
    (job,) = plan_of({**ENTRY, "scrape_interval": "30s", "limits": {"series": 50_000}}).scrape_jobs
    assert (job.interval, job.limits) == ("30s", ScrapeLimits(series=50_000))


def test_every_mistake_is_named_with_what_is_allowed() -> None:
    assert mistakes_in({"name": "orders-db", "kind": "mysql", "username": "a:b", "tls": "on"}) == [
        "services[0].target: found nothing. Allowed: host:port with a port from 1 to 65535, for example "
        "memory-api:8000. Add it.",
        "services[0].tls: found 'on'. Allowed: disable, require, verify-full.",
        "services[0].username: found 'a:b'. Allowed: a name without a colon and without %(. The exporter reads them "
        "otherwise.",
        "services[0].password: found nothing. Allowed: the name of a secret in camelCase, for example "
        "memoryDbPassword. Add it.",
    ]


def test_its_alerts_are_those_of_databases_and_its_own() -> None:
    assert KIND.rules == ("databases", "mysql")

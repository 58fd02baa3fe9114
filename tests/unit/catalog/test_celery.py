"""Kind celery: the exporter on the broker, and the broker's password in a module that Celery reads."""

from __future__ import annotations

import json
from urllib.parse import unquote

import pytest

from catalog.celery import KIND
from catalog.plan import Exporter, ScrapeJob
from settings.secrets import SecretFile
from tests.plans import mistakes_in, plan_of

LABELS = {"service": "tasks", "kind": "celery", "owner": "shop"}
ENTRY = {"name": "tasks", "kind": "celery", "owner": "shop", "target": "cache:6379"}
COMMON = ("--retry-interval=10", "--log-level=WARNING")
FROM_FILE = {"CELERY_LOADER": "default", "PYTHONPATH": "/run/secrets"}


def addresses(file: SecretFile, password: str) -> dict[str, object]:
    """What Celery reads out of the module once the secret is in it."""
    names: dict[str, object] = {}
    text = "".join(part if isinstance(part, str) else json.dumps(password) for part in file.parts)
    exec(compile(text, "celeryconfig.py", "exec"), names)  # noqa: S102  # as Celery does
    return {name: names[name] for name in ("broker_read_url", "broker_write_url")}


def test_a_broker_without_a_password_needs_no_secret() -> None:
    plan = plan_of(ENTRY)
    assert plan.exporters == (
        Exporter(
            name="celery-exporter-tasks",
            image="celery-exporter",
            port=9808,
            service="tasks",
            args=("--broker-url=redis://cache:6379/0", *COMMON, "--queues=celery"),
        ),
    )
    assert plan.scrape_jobs == (ScrapeJob("tasks", ("celery-exporter-tasks:9808",), LABELS),)


def test_the_password_of_redis_is_quoted_inside_the_file_alone() -> None:
    entry = {**ENTRY, "database": 3, "password": "cachePassword", "queues": ["mail", "reports.nightly"]}
    (exporter,) = plan_of(entry).exporters
    assert exporter.args == ("--broker-url=redis://cache:6379/3", *COMMON, "--queues=mail,reports.nightly")
    assert exporter.env == FROM_FILE
    url = "redis://:p%40ss%2F%22w%C3%B6rd%22%5C@cache:6379/3"
    assert unquote(url) == 'redis://:p@ss/"wörd"\\@cache:6379/3'
    found = addresses(exporter.secrets["celeryconfig.py"], 'p@ss/"wörd"\\')
    assert found == {"broker_read_url": url, "broker_write_url": url}


def test_rabbitmq_has_users_and_virtual_hosts() -> None:
    entry = {
        **ENTRY,
        "broker": "rabbitmq",
        "target": "broker:5672",
        "virtual_host": "shop/eu",
        "username": "monitor",
        "password": "brokerPassword",
        "queues": [],
    }
    (exporter,) = plan_of(entry).exporters
    assert exporter.args == ("--broker-url=amqp://broker:5672/shop%2Feu", *COMMON)
    url = "amqp://monitor:x@broker:5672/shop%2Feu"
    assert addresses(exporter.secrets["celeryconfig.py"], "x") == {"broker_read_url": url, "broker_write_url": url}


def test_rabbitmqs_own_virtual_host_is_the_default() -> None:
    (exporter,) = plan_of({**ENTRY, "broker": "rabbitmq", "target": "broker:5672"}).exporters
    assert exporter.args[0] == "--broker-url=amqp://broker:5672/%2F"


def test_every_mistake_is_named_with_what_is_allowed() -> None:
    entry = {
        **ENTRY,
        "broker": "sqs",
        "database": -1,
        "virtual_host": "",
        "queues": ["a,b", "high:prio"],
        "username": "",
    }
    assert mistakes_in(entry) == [
        "services[0].broker: found 'sqs'. Allowed: rabbitmq, redis.",
        "services[0].database: found -1. Allowed: a whole number from 0 to 65535.",
        "services[0].virtual_host: found ''. Allowed: a string that is not empty.",
        "services[0].username: found ''. Allowed: a string that is not empty.",
        "services[0].queues[0]: found 'a,b'. Allowed: the name of a queue, on one line and without a comma, which "
        "parts them.",
    ]


@pytest.mark.parametrize(
    ("fields", "mistake"),
    [
        ({"virtual_host": "/"}, "virtual_host: found virtual_host with broker: redis. Allowed: no virtual_host."),
        (
            {"broker": "rabbitmq", "database": 1},
            "database: found database with broker: rabbitmq. Allowed: no database.",
        ),
        ({"username": "monitor"}, "password: found username without password. Allowed: both or none."),
        (
            {"broker": "rabbitmq", "password": "aPassword"},
            "username: found password without username. Allowed: both or none.",
        ),
    ],
)
def test_fields_that_do_not_fit_each_other_are_a_mistake(fields: dict[str, object], mistake: str) -> None:
    assert mistakes_in({**ENTRY, **fields}) == [f"services[0].{mistake}"]


def test_a_name_of_any_letters_is_quoted_in_the_address() -> None:
    entry = {**ENTRY, "broker": "rabbitmq", "username": 'svc@shop/"1', "password": "aPassword"}
    (exporter,) = plan_of(entry).exporters
    found = addresses(exporter.secrets["celeryconfig.py"], "secret")
    assert found["broker_read_url"] == "amqp://svc%40shop%2F%221:secret@cache:6379/%2F"


def test_its_alerts_are_its_own() -> None:
    assert KIND.rules == ("celery",)

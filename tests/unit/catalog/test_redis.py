"""Kind `redis`: its exporter, with and without a password."""

from __future__ import annotations

import yaml

from catalog.plan import ScrapeJob
from program.known import known
from settings.secrets import SecretFile, SecretRef
from tests.plans import plan_of

ENTRY: dict[str, object] = {"name": "cache", "kind": "redis", "target": "cache.shop:6380"}


def test_the_server_is_scraped_through_an_exporter() -> None:
    plan = plan_of({**ENTRY, "owner": "shop"})
    labels = {"service": "cache", "kind": "redis", "owner": "shop"}
    assert plan.scrape_jobs == (ScrapeJob("cache", ("redis-exporter-cache:9121",), labels),)
    (exporter,) = plan.exporters
    assert (exporter.name, exporter.image, exporter.port) == ("redis-exporter-cache", "redis-exporter", 9121)
    assert exporter.env == {"REDIS_ADDR": "redis://cache.shop:6380", "REDIS_EXPORTER_CONNECTION_TIMEOUT": "3s"}
    assert exporter.secrets == {}


def test_its_password_is_in_a_file_under_its_address() -> None:
    (exporter,) = plan_of({**ENTRY, "password": "cachePassword"}).exporters
    assert exporter.env["REDIS_PASSWORD_FILE"] == "/run/secrets/passwords.json"
    assert exporter.secrets == {
        "passwords.json": SecretFile(
            ('{"redis://cache.shop:6380": ', SecretRef("cachePassword", "json"), "}\n"),
        )
    }


def test_its_alerts_are_its_own_and_those_about_connections() -> None:
    files = plan_of(ENTRY).rule_files
    assert {"redis.rules.yml", "databases.rules.yml"} <= set(files)
    assert "postgres.rules.yml" not in files
    assert {"RedisReplicaLinkDown", "DatabaseConnectionsHigh"} <= known().alerts_of["redis"]


def test_an_alert_about_connections_of_databases_can_be_overridden_for_it() -> None:
    plan = plan_of({**ENTRY, "alerts": {"DatabaseConnectionsHigh": {"threshold": 0.9}}})
    groups = yaml.safe_load(plan.rule_files["databases.rules.yml"])["groups"]
    (override,) = (
        rule for group in groups for rule in group["rules"] if rule.get("record") == "service:alert:override"
    )
    assert (override["expr"], override["labels"]["alert"]) == ("vector(0.9)", "DatabaseConnectionsHigh")

"""Kind `redis`: its exporter, with and without a password."""

from __future__ import annotations

import json

import pytest
import yaml

from catalog.plan import ScrapeJob
from program.known import known
from settings.secrets import SecretFile, SecretRef
from tests.plans import mistakes_in, plan_of

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


@pytest.mark.parametrize(
    ("user", "escaped"),
    [("monitor", "monitor"), ("a:b@c/d?e%", "a%3Ab%40c%2Fd%3Fe%25"), ("Jürg", "J%C3%BCrg"), ("$&+,;=", "$&+,;=")],
)
def test_newer_exporters_look_for_the_password_of_a_user_at_its_address(user: str, escaped: str) -> None:
    (exporter,) = plan_of({**ENTRY, "username": user, "password": "cachePassword"}).exporters
    assert exporter.env["REDIS_USER"] == user
    text = "".join(part if isinstance(part, str) else '"x"' for part in exporter.secrets["passwords.json"].parts)
    assert json.loads(text) == {"redis://cache.shop:6380": "x", f"redis://{escaped}@cache.shop:6380": "x"}


def test_nodes_are_scraped_one_by_one_through_its_exporter() -> None:
    entry = {**ENTRY, "tls": "verify-full", "nodes": ["cache-2.shop:6380", "[::1]:6380"], "password": "cachePassword"}
    plan = plan_of(entry)
    (job,) = plan.scrape_jobs
    assert job.targets == ("rediss://cache.shop:6380", "rediss://cache-2.shop:6380", "rediss://[::1]:6380")
    assert (job.metrics_path, job.exporter) == ("/scrape", "redis-exporter-cache:9121")
    (exporter,) = plan.exporters
    assert {
        part.split('"')[1] for part in exporter.secrets["passwords.json"].parts if isinstance(part, str) and '"' in part
    } == {*job.targets}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"username": "monitor"}, "password: found username without password. Allowed: both or none. Add password."),
        ({"nodes": ["a:1", "a:1"]}, "nodes: found 'a:1'. Allowed: each node once, and not the target."),
        ({"nodes": ["cache.shop:6380"]}, "nodes: found 'cache.shop:6380'."),
    ],
)
def test_mistakes_are_named(said: dict[str, object], expected: str) -> None:
    (mistake,) = mistakes_in({**ENTRY, **said})
    assert mistake.startswith(f"services[0].{expected}")


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

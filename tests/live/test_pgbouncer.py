"""A real PgBouncer with awkward logins, full and closed pools, asked by the exporters of stack files."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import docker
import httpx
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from images.build import tool_path
from tests.live.logging_in import CERTIFIED, VERIFIED, Exporters, Samples, authority, samples
from tests.live.pgbouncer import Pooler, pooler
from tests.proof import RULES, load, shipped_rules
from tests.waiting import until

# User and password. `stats_users` has commas between names.
AWKWARD = {
    "blanks": ("-my monitor", " pa  ss "),
    "signs": ("r@o/l:e%20 a'b\"c\\d", "p@s/s:w%20d?x=y&z#$HOME${A}$$ q'u\"o\\te`"),
    "unicode": ("Jürgen🚀", "pässwörd🚀"),
}
PLAIN = ("monitor", "password")
# `certified` shows a certificate instead of a password. This version knows no address `all`.
HBA = "".join(
    f"{line} {everywhere} {method}\n"
    for line, method in {
        "hostssl all certified": "cert",
        "hostssl all encrypted": "scram-sha-256",
        "host all certified,encrypted": "reject",
        "host all all": "scram-sha-256",
    }.items()
    for everywhere in ("0.0.0.0/0", "::/0")
)
DATABASES = {
    "shop": "{here} pool_size=2",
    "books": "{here}",
    # Nothing listens there.
    "moved": "host=127.0.0.1 port=1 dbname=postgres",
}
# The longest wait that PgBouncer tells of is in whole seconds.
OVERRIDES = {"PgbouncerClientsWaiting": 0.5}
MINUTES = 30


@dataclass(frozen=True)
class Servers:
    """The exporters and what they ask."""

    exporters: Exporters
    pooler: Pooler

    def entry(self, user: str = PLAIN[0], host: str = "127.0.0.1", **keys: object) -> dict[str, object]:
        target = f"{host}:{self.pooler.port}"
        entry = {"name": "pool", "kind": "pgbouncer", "target": target, "username": user, "password": "poolPassword"}
        return {key: said for key, said in {**entry, **keys}.items() if said is not None}

    def asked(self, entry: dict[str, object], password: str = PLAIN[1]) -> Samples:
        return self.exporters.asked(entry, "pgbouncer_up", poolPassword=password)


@pytest.fixture(scope="module")
def servers(client: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """A PgBouncer with a pool of two, and a database whose server is gone."""
    folder, inner = tmp_path_factory.mktemp("pgbouncer"), authority()
    plain = dict.fromkeys((PLAIN[0], "encrypted", "certified", "stranger"), PLAIN[1])
    users = {**plain, **dict(AWKWARD.values())}
    listed = ", ".join(name for name in users if name != "stranger")
    settings = {"pool_mode": "transaction", "stats_users": listed, "server_login_retry": "1"}
    with pooler(client, folder, users, DATABASES, HBA, inner.server, **settings) as made:
        yield Servers(Exporters(client, folder, inner.secrets), made)


@pytest.mark.parametrize("name", AWKWARD)
def test_every_user_with_every_password_is_let_in(servers: Servers, name: str) -> None:
    user, password = AWKWARD[name]
    assert servers.asked(servers.entry(user), password)["pgbouncer_up", ""] == 1


@pytest.mark.parametrize(
    "keys",
    [
        {"user": "encrypted", "tls": "require"},
        {"user": "encrypted", "tls": "verify-ca", "ca": "innerCa", "host": "localhost"},
        {"user": "encrypted", "host": "[::1]", **VERIFIED},
        {"user": "certified", "password": None, **CERTIFIED},
    ],
    ids=["whoever answers", "whatever its name", "an IPv6 address", "a certificate instead of a password"],
)
def test_who_must_log_in_encrypted_does(servers: Servers, keys: dict[str, str]) -> None:
    assert servers.asked(servers.entry(**keys))["pgbouncer_up", ""] == 1


@pytest.mark.parametrize(
    "keys",
    [
        {"password": "otherPassword"},
        {"user": "stranger"},
        {"user": "encrypted"},
        {"user": "certified", **VERIFIED},
        {"user": "encrypted", "tls": "verify-full"},
        {"host": "localhost", **VERIFIED},
        {"target": "127.0.0.1:1"},
    ],
    ids=[
        *("password", "not in stats_users", "not encrypted", "no certificate", "unknown authority"),
        *("another's name", "no server"),
    ],
)
def test_a_console_that_lets_nobody_in_is_down_and_the_exporter_is_not(servers: Servers, keys: dict[str, str]) -> None:
    found = servers.exporters.refused(servers.entry(**keys), poolPassword=PLAIN[1], otherPassword="wrong")
    assert found["pgbouncer_up", ""] == 0


def test_kind_postgres_is_down_where_its_target_is_a_pgbouncer(servers: Servers) -> None:
    """The exporter that Debian has sends a parameter that PgBouncer refuses; docs/databases.md says what to do."""
    found = servers.exporters.refused({**servers.entry(), "kind": "postgres"}, poolPassword=PLAIN[1])
    assert found["pg_up", ""] == 0


def test_alerts_tell_of_full_closed_and_lost_databases_and_of_nothing_before(servers: Servers, tmp_path: Path) -> None:
    with servers.exporters.running(servers.entry(), poolPassword=PLAIN[1]) as url:
        assert until(lambda: samples(url)["pgbouncer_up", ""], 20, forgives=(httpx.HTTPError,)) == 1
        assert firing(url, tmp_path) == set()
        for _ in range(5):
            servers.pooler.client("shop", "SELECT pg_sleep(300)")
        servers.pooler.client("moved", "SELECT 1")
        servers.pooler.console("PAUSE books")
        assert until(lambda: _waits(url), 30, forgives=(httpx.HTTPError,)), samples(url)
        assert firing(url, tmp_path) == {
            "PgbouncerClientsWaiting",
            "PgbouncerDatabaseClosed",
            "PgbouncerPoolNearlyFull",
            "PgbouncerServersUnreachable",
        }
        there = {name for name, _ in samples(url)}
    assert {metric for emitter in load(RULES / "pgbouncer.emitters.yml") for metric in emitter["metrics"]} <= there


def _waits(url: str) -> bool:
    found = samples(url)
    waiting = [found.get(("pgbouncer_pools_client_waiting_connections", name), 0) for name in ("shop", "moved")]
    return waiting == [3, 1] and found["pgbouncer_pools_client_maxwait_seconds", "shop"] >= 1


def firing(url: str, folder: Path) -> set[str]:
    """Alerts that fire once the figures of now have stayed as they are for half an hour."""
    labels = {"service": "pool", "kind": "pgbouncer", "owner": "shop", "instance": "exporter:9127"}
    text = httpx.get(f"{url}/metrics", timeout=15).raise_for_status().text
    series = [
        {"series": _written(sample.name, {**sample.labels, **labels}), "values": f"{sample.value}x{MINUTES}"}
        # The parser would give every counter the ending that OpenMetrics wants.
        for family in text_string_to_metric_families(re.sub(r"^# TYPE .*\n", "", text, flags=re.M))
        for sample in family.samples
    ]
    series += [
        {
            "series": _written("service:alert:override", {"alert": alert, "service": "pool"}),
            "values": f"{limit}x{MINUTES}",
        }
        for alert, limit in OVERRIDES.items()
    ]
    alerts = [str(rule["alert"]) for file, rule in shipped_rules() if file == "pgbouncer" and "alert" in rule]
    quiet = [
        {"expr": f'count(ALERTS{{alertname="{alert}", alertstate="firing"}})', "eval_time": f"{MINUTES}m"}
        for alert in alerts
    ]
    case = {"interval": "1m", "input_series": series, "promql_expr_test": quiet}
    groups = [group["name"] for group in load(RULES / "pgbouncer.rules.yml")["groups"]]
    document = {"rule_files": [str(RULES / "pgbouncer.rules.yml")], "group_eval_order": groups, "tests": [case]}
    (folder / "now.test.yml").write_text(yaml.safe_dump(document), encoding="utf-8")
    command = [str(tool_path("promtool")), "test", "rules", "now.test.yml"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    found = {alert for alert, each in zip(alerts, quiet, strict=True) if json.dumps(each["expr"]) in said}
    assert bool(found) == bool(done.returncode), said
    return found


def _written(name: str, labels: Mapping[str, str]) -> str:
    matchers = ",".join(f"{label}={json.dumps(value)}" for label, value in labels.items())
    return f"{name}{{{matchers}}}"

"""A real MariaDB with awkward names, passwords and certificates, asked by the exporters of stack files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import docker
import httpx
import pytest

from tests.live.logging_in import CERTIFIED, VERIFIED, Exporters, Samples, authority, samples
from tests.live.mariadb import mariadb
from tests.proof import RULES, load
from tests.waiting import free_ports, until

# User and password. A user's name has no colon: docs/databases.md.
AWKWARD = {
    "blanks": ("my monitor", " pa  ss "),
    "quotes": ("a'b\"c\\d", 'q\'u"o\\te`"""x"'),
    "comments": ("a#b;c=d", "p#a;s=s #[client]"),
    "signs": ("r@o/l?e%20", "p@s/s:w%20d?x=y&z(#)"),
    "dollars": ("pay$HOME", "$a$$HOME${A}$(b)$"),
    "unicode": ("Jürgen🚀", "pässwörd🚀日本語"),
}
PLAIN = ("monitor", "password")
RIGHTS = "PROCESS, REPLICATION CLIENT, SLAVE MONITOR"


@dataclass(frozen=True)
class Servers:
    """The exporters, the port of a server that knows encryption, and that of its replica, which does not."""

    exporters: Exporters
    encrypted: int
    open: int

    def entry(self, user: str = PLAIN[0], host: str = "127.0.0.1", **keys: object) -> dict[str, object]:
        target = f"{host}:{self.encrypted}"
        return {"name": "db", "kind": "mysql", "target": target, "username": user, "password": "dbPassword", **keys}

    def asked(self, entry: dict[str, object], password: str = PLAIN[1]) -> Samples:
        return self.exporters.asked(entry, "mysql_up", dbPassword=password)


@pytest.fixture(scope="module")
def servers(client: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Both servers, with the same users."""
    folder, inner, ports = tmp_path_factory.mktemp("mysql"), authority(), free_ports(2)
    statements = [line for user, password in (PLAIN, *AWKWARD.values()) for line in _user(user, password)]
    statements += [*_user("encrypted", PLAIN[1], "REQUIRE SSL"), *_user("certified", PLAIN[1], "REQUIRE X509")]
    statements += _user("modern", PLAIN[1], method="VIA ed25519 USING PASSWORD({})")
    statements += _user("blind", PLAIN[1], rights="USAGE")
    statements += _user("replica", "replica", rights="REPLICATION SLAVE")
    with (
        mariadb(folder / "a", ports[0], statements, inner.server),
        mariadb(folder / "b", ports[1], statements, follows=ports[0]),
    ):
        yield Servers(Exporters(client, folder, inner.secrets), *ports)


def _literal(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def _user(name: str, password: str, requires: str = "", rights: str = RIGHTS, method: str = "BY {}") -> list[str]:
    who = f"{_literal(name)}@'%'"
    return [
        f"CREATE USER {who} IDENTIFIED {method.format(_literal(password))} {requires};",
        f"GRANT {rights} ON *.* TO {who};",
    ]


@pytest.mark.parametrize("name", AWKWARD)
def test_every_user_with_every_password_is_let_in(servers: Servers, name: str) -> None:
    user, password = AWKWARD[name]
    assert servers.asked(servers.entry(user), password)["mysql_up", ""] == 1


def test_a_user_of_mariadbs_own_method_is_let_in(servers: Servers) -> None:
    assert servers.asked(servers.entry("modern"))["mysql_up", ""] == 1


def test_every_metric_that_rules_and_dashboards_read_of_a_server_without_replicas_is_there(servers: Servers) -> None:
    found = {name for name, _ in servers.asked(servers.entry())}
    wanted = {metric for emitter in load(RULES / "mysql.emitters.yml") for metric in emitter["metrics"]}
    assert {name for name in wanted if not name.startswith("mysql_slave_status_")} <= found


@pytest.mark.parametrize(
    "keys",
    [
        {"user": "encrypted", "tls": "require"},
        {"user": "encrypted", **VERIFIED},
        {"user": "encrypted", "host": "[::1]", **VERIFIED},
        {"user": "certified", **CERTIFIED},
    ],
    ids=["whoever answers", "own authority", "an IPv6 address", "own certificate"],
)
def test_who_must_log_in_encrypted_does(servers: Servers, keys: dict[str, str]) -> None:
    assert servers.asked(servers.entry(**keys))["mysql_up", ""] == 1


@pytest.mark.parametrize(
    "keys",
    [
        {"password": "otherPassword"},
        {"user": "nobody"},
        {"user": "encrypted"},
        {"user": "certified", **VERIFIED},
        {"tls": "verify-full"},
        {**VERIFIED, "ca": "otherCa"},
        {**VERIFIED, "ca": "noCa"},
        {"host": "localhost", **VERIFIED},
        {"target": "127.0.0.1:1"},
    ],
    ids=[
        *("password", "user", "not encrypted", "no certificate", "unknown authority", "another authority"),
        *("no authority", "another's name", "no server"),
    ],
)
def test_a_server_that_lets_nobody_in_is_down_and_the_exporter_is_not(servers: Servers, keys: dict[str, str]) -> None:
    found = servers.exporters.refused(servers.entry(**keys), dbPassword=PLAIN[1], otherPassword="wrong")
    assert found["mysql_up", ""] == 0


@pytest.mark.parametrize("tls", [{"tls": "require"}, VERIFIED], ids=["require", "verify-full"])
def test_a_password_is_never_sent_unencrypted_where_encryption_is_asked_for(
    servers: Servers, tls: dict[str, str]
) -> None:
    target = f"127.0.0.1:{servers.open}"
    assert servers.asked(servers.entry(target=target))["mysql_up", ""] == 1
    found = servers.exporters.refused(servers.entry(target=target, **tls), dbPassword=PLAIN[1])
    assert found["mysql_up", ""] == 0


def test_a_replica_says_how_far_it_is(servers: Servers) -> None:
    entry = servers.entry(target=f"127.0.0.1:{servers.open}")
    with servers.exporters.running(entry, dbPassword=PLAIN[1]) as url:
        found = until(lambda: _replicating(url), 30, forgives=(httpx.HTTPError,))
    wanted = [each["metrics"] for each in load(RULES / "mysql.emitters.yml") if "mysql_up" in each["metrics"]]
    assert {(metric, "127.0.0.1") for metric in wanted[0] if "_slave_" in metric} <= set(found)
    assert found["mysql_slave_status_seconds_behind_master", "127.0.0.1"] == 0


def _replicating(url: str) -> Samples:
    found = samples(url)
    return found if found.get(("mysql_slave_status_slave_io_running", "127.0.0.1")) else {}


def test_a_user_without_its_rights_is_let_in_and_it_is_said_that_something_is_missing(servers: Servers) -> None:
    found = servers.asked(servers.entry("blind"))
    assert (found["mysql_up", ""], found["mysql_exporter_last_scrape_error", ""]) == (1, 1)
    assert found["mysql_global_status_uptime", ""] >= 0

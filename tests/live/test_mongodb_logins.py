"""A server that speaks MongoDB's protocol, with its logins and certificates, asked by the exporters of stack files.

It is FerretDB, because no package registry has MongoDB. It knows SCRAM and TLS and says how long it runs, but it counts
neither connections nor operations and is never a replica set.
"""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import docker
import pytest

from images.build import tool_path
from images.catalog import load_catalog
from tests.live.logging_in import CERTIFIED, VERIFIED, Exporters, Samples, authority
from tests.waiting import free_ports, until

# The user's database, its name and its password.
AWKWARD = {
    "blanks": ("admin", "my monitor", " pa  ss "),
    "quotes": ("admin", "a'b\"c\\d", "q'u\"o\\te`"),
    "signs": ("my-users", "@r/o:l?e%20#;", "@p/s:w%20d?x=y&z,#;$HOME${A}$$"),
    "unicode": ("admin", "Jürgen", "pässwörd日本語"),
}
OWNER = ("admin", "owner", "password")
_MAKE_USERS = """
import json, sys, pymongo
database, name, password = json.loads(sys.argv[2])
client = pymongo.MongoClient(sys.argv[1], username=name, password=password, authSource=database)
for database, name, password in json.loads(sys.argv[3]):
    client[database].command("createUser", name, pwd=password, roles=[])
"""


@dataclass(frozen=True)
class Servers:
    """The exporters, and the ports of a server: without encryption, with it, and of one that wants a certificate."""

    exporters: Exporters
    open: int
    encrypted: int
    mutual: int

    def entry(self, port: int, host: str = "127.0.0.1", **keys: str) -> dict[str, object]:
        login = {"username": OWNER[1], "password": "dbPassword"}
        return {"name": "db", "kind": "mongodb", "target": f"{host}:{port}", **login, **keys}

    def asked(self, entry: Mapping[str, object], password: str = OWNER[2]) -> Samples:
        return self.exporters.asked(entry, "mongodb_up", dbPassword=password)


@pytest.fixture(scope="module")
def servers(client: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Both servers; the second one at ::1 alone."""
    folder, inner, ports = tmp_path_factory.mktemp("mongodb"), authority(), free_ports(3)
    for name, text in inner.server.items():
        (folder / name).write_text(text, encoding="utf-8")
    trusting = f"--listen-tls-ca-file={folder / 'ca.pem'}"
    with _ferretdb(folder / "a", ports[1], opened=ports[0]), _ferretdb(folder / "b", ports[2], trusting, host="::1"):
        client.containers.run(
            load_catalog()["mongodb-exporter"].built,
            ["-c", _MAKE_USERS, f"mongodb://127.0.0.1:{ports[0]}/", json.dumps(OWNER), json.dumps([*AWKWARD.values()])],
            entrypoint="python3",
            network_mode="host",
            remove=True,
        )
        yield Servers(Exporters(client, folder, inner.secrets), *ports)


@contextmanager
def _ferretdb(
    directory: Path, encrypted: int, *options: str, host: str = "127.0.0.1", opened: int | None = None
) -> Iterator[None]:
    """A server with its owner, at one port with encryption and at another, where that is given, without it."""
    (directory / "data").mkdir(parents=True)
    owner = zip(("database", "username", "password"), OWNER, strict=True)
    command = [
        str(tool_path("ferretdb")),
        "--handler=sqlite",
        "--sqlite-url=file:data/",
        "--state-dir=-",
        "--debug-addr=-",
        "--telemetry=disable",
        "--test-enable-new-auth",
        *(f"--setup-{key}={value}" for key, value in owner),
        f"--listen-addr={f'{host}:{opened}' if opened else ''}",
        f"--listen-tls=[{host}]:{encrypted}",
        f"--listen-tls-cert-file={directory.parent / 'server.pem'}",
        f"--listen-tls-key-file={directory.parent / 'server.key'}",
        *options,
    ]
    ports = [port for port in (opened, encrypted) if port]
    log = directory / "log"
    with (
        log.open("wb") as output,
        subprocess.Popen(command, cwd=directory, stdout=output, stderr=output) as server,
    ):
        try:
            until(lambda: server.poll() is not None or all(_listens(host, port) for port in ports), 30)
            assert server.poll() is None, log.read_text(errors="replace")[-2000:]
            yield
        finally:
            server.kill()


def _listens(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        return probe.connect_ex((host, port)) == 0


@pytest.mark.parametrize("name", AWKWARD)
def test_every_user_with_every_password_is_let_in(servers: Servers, name: str) -> None:
    database, user, password = AWKWARD[name]
    entry = servers.entry(servers.encrypted, username=user, auth_database=database, **VERIFIED)
    found = servers.asked(entry, password)
    assert found["mongodb_up", ""] == 1
    assert found["mongodb_instance_uptime_seconds", ""] > 0


def test_a_server_without_encryption_is_asked_without(servers: Servers) -> None:
    assert servers.asked(servers.entry(servers.open))["mongodb_up", ""] == 1


def test_whoever_answers_is_asked_where_nothing_is_checked(servers: Servers) -> None:
    assert servers.asked(servers.entry(servers.encrypted, tls="require"))["mongodb_up", ""] == 1


@pytest.mark.parametrize("checked", [VERIFIED, {"tls": "require"}], ids=["verify-full", "require"])
def test_a_certificate_is_shown_to_a_server_that_wants_one(servers: Servers, checked: dict[str, str]) -> None:
    keys = {**checked, "certificate": "innerCertificate", "key": "innerKey"}
    assert servers.asked(servers.entry(servers.mutual, "[::1]", **keys))["mongodb_up", ""] == 1


@pytest.mark.parametrize(
    ("port", "keys"),
    [
        ("encrypted", {**VERIFIED, "password": "otherPassword"}),
        ("encrypted", {**VERIFIED, "password": "impossiblePassword"}),
        ("encrypted", {**VERIFIED, "auth_database": "elsewhere"}),
        ("encrypted", {}),
        ("encrypted", {"tls": "verify-full"}),
        ("encrypted", {**VERIFIED, "ca": "otherCa"}),
        ("encrypted", {**VERIFIED, "ca": "noCa"}),
        ("encrypted", {**VERIFIED, "host": "localhost"}),
        ("open", {"tls": "require"}),
        ("mutual", {**VERIFIED, "host": "[::1]"}),
        ("mutual", {**CERTIFIED, "host": "[::1]", "key": "innerCa"}),
    ],
    ids=[
        *("password", "no password", "database", "not encrypted", "unknown authority", "another authority"),
        *("no authority", "another's name", "no encryption there", "no certificate", "no key"),
    ],
)
def test_a_server_that_lets_nobody_in_is_down_and_the_exporter_is_not(
    servers: Servers, port: str, keys: dict[str, str]
) -> None:
    wrong = {"otherPassword": "wrong", "impossiblePassword": "\ue000🚀"}
    entry = servers.entry(getattr(servers, port), **keys)
    assert servers.exporters.refused(entry, dbPassword=OWNER[2], **wrong)["mongodb_up", ""] == 0

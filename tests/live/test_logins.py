"""Databases with awkward names, passwords and certificates, asked by the exporters that stack files make for them.

Each server and exporter is a container in a network of its own, with the arguments and files of its workload.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import docker
import httpx
import pytest
import trustme
from docker.models.containers import Container
from prometheus_client.parser import text_string_to_metric_families

from components.exporters import service_exporter_workload
from images.catalog import load_catalog
from program.plan import planned
from settings.stackfile import RawConfiguration
from tests.live.logging_in import samples, secret_files, until_up
from tests.plans import settings_of
from tests.waiting import until

NETWORK = "monitoring-test-logins"
TLS = {"tls": "verify-full", "ca": "innerCa", "certificate": "innerCertificate", "key": "innerKey"}
# Role, database and password of PostgreSQL.
AWKWARD = {
    "blanks": ("my role", "my db", " pass  word "),
    "lines": ("two\nlines", "one\ndatabase", "two\nlines\r\n\tand more"),
    "dashes": ("-my-role", "my-db", "-pa=s's"),
    "quotes": ("a'b\"c\\d", "e\"f'g\\h", "q'u\"o\\te`"),
    "signs": ("r@o/l:e%20", "d?b=c&d#e", "p@s/s:w%20d?x=y&z#$HOME${A}$$"),
    "unicode": ("Jürgen", "日本語🚀", "pässwörd🚀"),
}
# Roles of PostgreSQL that show a certificate, with their passwords: the first has it instead of one.
CERTIFIED = {"certified": "unused", "doubly_certified": AWKWARD["lines"][2]}
# Redis allows no blanks in a user's name.
REDIS_USERS = {
    "plain": ("monitor", "pa ss"),
    "signs": ("mon-itor:a@b/c?d%20", AWKWARD["signs"][2]),
    "unicode": ("Jürgen", AWKWARD["unicode"][2]),
}


@dataclass(frozen=True)
class Servers:
    """Containers in one network; files that they need are written below `folder`."""

    client: docker.DockerClient
    folder: Path
    secrets: Mapping[str, str]

    @contextmanager
    def container(self, name: str, component: str, *args: str, **options: Any) -> Iterator[Container]:
        """A container of an image that is built, gone at the end. `mounts` are texts by file, by directory."""
        volumes = {}
        for target, files in options.pop("mounts", {}).items():
            directory = Path(mkdtemp(dir=self.folder))
            # Another user's programs read it.
            directory.chmod(0o755)
            for file, text in files.items():
                (directory / file).write_text(text, encoding="utf-8")
            volumes[str(directory)] = {"bind": target, "mode": "ro"}
        made = self.client.containers.run(
            load_catalog()[component].built, [*args], name=f"{NETWORK}-{name}", hostname=name, detach=True,
            network=NETWORK, networking_config={NETWORK: self.client.api.create_endpoint_config(aliases=[name])},
            volumes=volumes, **options,
        )  # fmt: skip
        try:
            yield made
        finally:
            made.remove(force=True, v=True)

    @contextmanager
    def exporter(self, entry: Mapping[str, object], **secrets: str) -> Iterator[str]:
        """The URL of the exporter of a service."""
        raw = RawConfiguration("Pulumi.test.yaml", {"services": [dict(entry)]}, frozenset(named(entry)))
        (exporter,) = planned(settings_of(raw), "test").exporters
        workload = service_exporter_workload(exporter)
        mounts = {"/run/secrets": secret_files(workload, self.folder, {**self.secrets, **secrets})}
        if workload.config:
            mounts[workload.config.mount_path] = dict(workload.config.files)
        port = f"{exporter.port}/tcp"
        options: dict[str, Any] = {"environment": dict(workload.env), "mounts": mounts, "read_only": True}
        options |= {
            "user": f"{workload.user}:{workload.user}",
            "cap_drop": ["ALL"],
            "ports": {port: ("127.0.0.1", None)},
            "entrypoint": list(workload.entrypoint) or None,
            "tmpfs": dict.fromkeys(workload.tmpfs, "rw,noexec,nosuid"),
        }
        with self.container(workload.name, workload.image, *workload.args, **options) as made:
            yield f"http://127.0.0.1:{until(lambda: _published(made, port), 20)}"


def _published(container: Container, port: str) -> str:
    container.reload()
    bindings = container.ports.get(port) or []
    return bindings[0]["HostPort"] if bindings else ""


def named(value: object) -> Iterator[str]:
    """Names of secrets among the values of an entry."""
    if isinstance(value, Mapping):
        yield from (str(inner) for key, inner in value.items() if key in ("password", "ca", "certificate", "key"))


@pytest.fixture(scope="module")
def servers(client: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """A PostgreSQL and two Redis with certificates of an authority of their own."""
    authority = trustme.CA()
    inner = authority.issue_cert("database", "cache", "open-cache")
    person = authority.issue_cert("certified", common_name="certified")
    secrets = {
        "innerCa": authority.cert_pem.bytes().decode(),
        "innerCertificate": person.cert_chain_pems[0].bytes().decode(),
        "innerKey": person.private_key_pem.bytes().decode(),
    }
    pem = {
        "ca.pem": secrets["innerCa"],
        "server.pem": inner.cert_chain_pems[0].bytes().decode(),
        "server.key": inner.private_key_pem.bytes().decode(),
    }
    for left in client.containers.list(all=True, filters={"network": NETWORK}):
        left.remove(force=True, v=True)
    for network in client.networks.list(names=[NETWORK]):
        network.remove()
    network = client.networks.create(NETWORK)
    try:
        with ExitStack() as running:
            made = Servers(client, tmp_path_factory.mktemp("logins"), secrets)
            running.enter_context(_postgres(made, pem))
            running.enter_context(_redis(made, pem))
            yield made
    finally:
        network.remove()


def _identifier(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _postgres(servers: Servers, pem: Mapping[str, str]) -> Any:
    statements = []
    for role, database, password in AWKWARD.values():
        statements += [
            f"CREATE ROLE {_identifier(role)} LOGIN PASSWORD {_literal(password)} IN ROLE pg_monitor;",
            f"CREATE DATABASE {_identifier(database)};",
        ]
    statements += [
        f"CREATE ROLE {role} LOGIN PASSWORD {_literal(password)} IN ROLE pg_monitor;"
        for role, password in CERTIFIED.items()
    ]
    # The server's key must belong to it alone, which a mounted file does not.
    script = r"""
cp /certificates/* "$PGDATA"; chmod 600 "$PGDATA/server.key"
printf '%s\n' 'hostssl all certified all cert' 'host all certified all reject' \
  'hostssl all doubly_certified all scram-sha-256 clientcert=verify-ca' 'host all doubly_certified all reject' \
  'host all all all scram-sha-256' > "$PGDATA/pg_hba.conf"
printf "%s = '%s'\n" ssl on ssl_cert_file server.pem ssl_key_file server.key ssl_ca_file ca.pem \
  >> "$PGDATA/postgresql.conf"
"""
    return servers.container(
        "database",
        "postgres",
        environment={"POSTGRES_PASSWORD": "unused", "POSTGRES_INITDB_ARGS": "--no-sync"},
        mounts={
            "/docker-entrypoint-initdb.d": {"1.sql": "\n".join(statements), "2.sh": script},
            "/certificates": dict(pem),
        },
    )


def _user(name: str, password: str) -> tuple[str, ...]:
    digest = hashlib.sha256(password.encode()).hexdigest()
    return ("--user", name, "on", f"#{digest}", "+@all", "-@dangerous", "+info", "+config|get", "+cluster|info", "~*")


def _redis(servers: Servers, pem: Mapping[str, str]) -> Any:
    """One that wants a client's certificate, and one without encryption that is a cluster by itself."""
    running = ExitStack()
    users = [_user(name, password) for name, password in REDIS_USERS.values()]
    files = {"--tls-ca-cert-file": "ca.pem", "--tls-cert-file": "server.pem", "--tls-key-file": "server.key"}
    certificates = [part for option, file in files.items() for part in (option, f"/certificates/{file}")]
    arguments = ("--port", "0", "--tls-port", "6379", *certificates, *(part for user in users for part in user))
    running.enter_context(servers.container("cache", "redis", *arguments, mounts={"/certificates": dict(pem)}))
    running.enter_context(
        servers.container("open-cache", "redis", "--cluster-enabled", "yes", "--requirepass", AWKWARD["signs"][2])
    )
    return running


@pytest.mark.parametrize("name", AWKWARD)
def test_postgresql_lets_every_role_with_every_password_into_every_database(servers: Servers, name: str) -> None:
    role, database, password = AWKWARD[name]
    entry = {"name": f"db-{name}", "kind": "postgres", "target": "database:5432", "password": "dbPassword"}
    with servers.exporter({**entry, "username": role, "database": database}, dbPassword=password) as url:
        found = until_up(url, "pg_up")
    assert found["pg_up", ""] == 1
    # The parser gives counters the end that OpenMetrics wants.
    assert found["pg_stat_database_xact_commit_total", database] > 0
    assert ("postgres_tuples_live", database) in found
    assert found["postgres_connections_allowed", ""] > 90


def test_postgresql_tells_of_each_database_that_is_named_and_once_of_the_server(servers: Servers) -> None:
    role, database, password = AWKWARD["blanks"]
    further = [AWKWARD[name][1] for name in ("dashes", "quotes", "signs", "unicode", "lines")]
    entry = {"name": "db-several", "kind": "postgres", "target": "database:5432", "password": "dbPassword"}
    login = {"username": role, "database": database, "databases": [*further, "nowhere"]}
    with servers.exporter({**entry, **login}, dbPassword=password) as url:
        until_up(url, "pg_up")
        text = httpx.get(f"{url}/metrics", timeout=10).raise_for_status().text
    found = {family.name: family.samples for family in text_string_to_metric_families(text)}
    assert {sample.labels["datname"] for sample in found["postgres_tuples_dead"]} == {database, *further}
    assert [sample.value for sample in found["pg_up"]] == [1]
    assert len(found["postgres_connections_used"]) == 1


def test_postgresql_shows_a_certificate_of_an_authority_of_ours(servers: Servers) -> None:
    role, database, password = AWKWARD["dashes"]
    entry = {"name": "db-tls", "kind": "postgres", "target": "database:5432", "password": "dbPassword"}
    login = {"username": role, "database": database, "tls": "verify-full", "ca": "innerCa"}
    with servers.exporter({**entry, **login}, dbPassword=password) as url:
        found = until_up(url, "pg_up")
    assert found["pg_up", ""] == 1


@pytest.mark.parametrize(
    "login",
    [{"username": "certified"}, {"username": "doubly_certified", "password": "dbPassword"}],
    ids=["instead of a password", "beside a password"],
)
def test_postgresql_lets_a_role_in_that_shows_a_certificate(servers: Servers, login: dict[str, str]) -> None:
    entry = {"name": "db-certified", "kind": "postgres", "target": "database:5432", **TLS, **login}
    with servers.exporter(entry, dbPassword=CERTIFIED["doubly_certified"]) as url:
        found = until_up(url, "pg_up")
    assert found["pg_up", ""] == 1


@pytest.mark.parametrize(
    "change",
    [
        {"password": "otherPassword"},
        {"database": "no such database"},
        {"username": "certified", "tls": "require"},
        {"target": "cache:6379"},
        {"target": "cache:6379", "databases": ["shop"]},
        {"target": "database:5432", "tls": "verify-full"},
    ],
    ids=["password", "database", "no certificate", "no server", "no server for several", "unknown authority"],
)
def test_postgresql_that_lets_nobody_in_is_down_and_the_exporter_is_not(
    servers: Servers, change: dict[str, object]
) -> None:
    role, database, password = AWKWARD["dashes"]
    entry = {"name": "db-down", "kind": "postgres", "target": "database:5432", "password": "dbPassword"}
    login = {"username": role, "database": database}
    with servers.exporter({**entry, **login, **change}, dbPassword=password, otherPassword="wrong") as url:
        found = until(lambda: samples(url), 20, forgives=(httpx.HTTPError,))
    assert found["pg_up", ""] == 0


@pytest.mark.parametrize("name", REDIS_USERS)
def test_redis_lets_every_user_in_by_tls_with_a_certificate(servers: Servers, name: str) -> None:
    user, password = REDIS_USERS[name]
    entry = {"name": f"cache-{name}", "kind": "redis", "target": "cache:6379", "password": "cachePassword", **TLS}
    with servers.exporter({**entry, "username": user}, cachePassword=password) as url:
        found = until_up(url, "redis_up")
    assert found["redis_up", ""] == 1
    assert found["redis_config_maxclients", ""] > 0


@pytest.mark.parametrize("change", [{"tls": "verify-full"}, {"tls": "disable"}, {"tls": "require"}])
def test_redis_is_down_where_its_certificate_or_ours_is_not_accepted(servers: Servers, change: dict[str, str]) -> None:
    user, password = REDIS_USERS["plain"]
    entry = {"name": "cache-down", "kind": "redis", "target": "cache:6379", "password": "cachePassword"}
    with servers.exporter({**entry, **change, "username": user}, cachePassword=password) as url:
        found = until(lambda: samples(url), 20, forgives=(httpx.HTTPError,))
    assert found["redis_up", ""] == 0


def test_the_nodes_of_a_cluster_are_asked_one_by_one(servers: Servers) -> None:
    entry: dict[str, object] = {
        "name": "nodes",
        "kind": "redis",
        "target": "open-cache:6379",
        "password": "cachePassword",
    }
    entry |= {"nodes": ["nowhere:6379"]}
    with servers.exporter(entry, cachePassword=AWKWARD["signs"][2]) as url:
        found = until_up(url, "redis_up", "/scrape", target="redis://open-cache:6379")
        away = samples(url, "/scrape", target="redis://nowhere:6379")
    assert (found["redis_up", ""], away["redis_up", ""]) == (1, 0)
    # Nobody has given it any slots.
    assert found["redis_cluster_state", ""] == 0


def test_a_sentinel_tells_of_its_primary(servers: Servers) -> None:
    configuration = "sentinel monitor shop open-cache 6379 1\nsentinel resolve-hostnames yes\n"
    configuration = "\n".join(reversed(configuration.splitlines()))
    command = (
        f"printf '%s\\n' '{configuration}' > /data/sentinel.conf && exec redis-server /data/sentinel.conf --sentinel"
    )
    entry = {"name": "sentinel", "kind": "redis", "target": "sentinel:26379"}
    with servers.container("sentinel", "redis", "sh", "-c", command), servers.exporter(entry) as url:
        found = until_up(url, "redis_up")
    assert found["redis_sentinel_masters", ""] == 1

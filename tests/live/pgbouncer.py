"""A real PgBouncer from Debian's packages before a real PostgreSQL, in containers on this machine's loopback."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
from docker.models.containers import Container

from images.cache import folder, locked
from images.catalog import load_catalog
from images.debian import download
from tests.live.logging_in import written
from tests.waiting import free_ports, until

# With the libraries that the image of PostgreSQL, in which it runs, does not have.
_PACKAGES = ("pgbouncer", "libc-ares2", "libevent-2.1-7")
_PROGRAM = "/opt/pgbouncer"
_SUPERUSER = "superuser"
_PASSWORD = "superuser's"
_READY_SECONDS = 60.0


@dataclass(frozen=True)
class Pooler:
    """A PgBouncer and the PostgreSQL behind it; programs run in the container of the latter."""

    postgres: Container
    port: int

    def console(self, command: str) -> None:
        """A command of the admin console."""
        done = self.postgres.exec_run(self._psql("pgbouncer", command), environment={"PGPASSWORD": _PASSWORD})
        assert done.exit_code == 0, done.output

    def client(self, database: str, statement: str) -> None:
        """A client that has begun with a statement and need not come to its end."""
        self.postgres.exec_run(self._psql(database, statement), environment={"PGPASSWORD": _PASSWORD}, detach=True)

    def _psql(self, database: str, statement: str) -> list[str]:
        where = ["--host=127.0.0.1", f"--port={self.port}", f"--username={_SUPERUSER}", f"--dbname={database}"]
        return ["psql", *where, "--quiet", f"--command={statement}"]


@contextmanager
def pooler(
    client: docker.DockerClient,
    directory: Path,
    users: Mapping[str, str],
    databases: Mapping[str, str],
    rules: str,
    certificates: Mapping[str, str],
    **settings: str,
) -> Iterator[Pooler]:
    """Both on 127.0.0.1, and PgBouncer on ::1 too, until the end of the block.

    Args:
        directory: for files that the containers need.
        users: passwords by name, beside the one who may use the console.
        databases: the rest of a line of `[databases]`, by name; `{here}` is PostgreSQL's own database.
        rules: of `auth_hba_file`.
        certificates: ca.pem, server.pem and server.key.
        settings: further ones of PgBouncer.
    """
    server, port = free_ports(2)
    here = f"host=127.0.0.1 port={server} dbname=postgres"
    lines = {
        "listen_addr": "127.0.0.1,::1",
        "listen_port": str(port),
        "unix_socket_dir": "",
        "auth_type": "hba",
        "auth_file": "/etc/pgbouncer/users.txt",
        "auth_hba_file": "/etc/pgbouncer/rules.conf",
        "admin_users": _SUPERUSER,
        "client_tls_sslmode": "allow",
        "client_tls_ca_file": "/etc/pgbouncer/ca.pem",
        "client_tls_cert_file": "/etc/pgbouncer/server.pem",
        "client_tls_key_file": "/etc/pgbouncer/server.key",
        **settings,
    }
    files = {
        "pgbouncer.ini": "\n".join(
            [
                "[databases]",
                *(f"{name} = {rest.format(here=here)}" for name, rest in databases.items()),
                "[pgbouncer]",
                *(f"{name} = {text}" for name, text in lines.items()),
                "",
            ]
        ),
        "users.txt": "".join(
            f"{_quoted(name)} {_quoted(text)}\n" for name, text in {_SUPERUSER: _PASSWORD, **users}.items()
        ),
        "rules.conf": rules,
        **certificates,
    }
    with ExitStack() as running:
        options: dict[str, Any] = {"POSTGRES_USER": _SUPERUSER, "POSTGRES_PASSWORD": _PASSWORD, "PGPORT": str(server)}
        options |= {"POSTGRES_DB": "postgres", "POSTGRES_INITDB_ARGS": "--no-sync"}
        postgres = running.enter_context(_container(client, ["-c", "listen_addresses=127.0.0.1"], environment=options))
        ready = ["pg_isready", "--host=127.0.0.1"]
        assert until(lambda: postgres.exec_run(ready).exit_code == 0, _READY_SECONDS), postgres.logs()
        volumes = {str(_installed()): {"bind": _PROGRAM, "mode": "ro"}}
        made = running.enter_context(
            _container(
                client,
                ["/etc/pgbouncer/pgbouncer.ini"],
                entrypoint=[f"{_PROGRAM}/sbin/pgbouncer"],
                environment={"LD_LIBRARY_PATH": f"{_PROGRAM}/lib"},
                volumes=volumes | written(directory, {"/etc/pgbouncer": files}),
            )
        )
        ready = [*ready, f"--port={port}"]
        assert until(lambda: postgres.exec_run(ready).exit_code == 0, _READY_SECONDS), made.logs()
        yield Pooler(postgres, port)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


@contextmanager
def _container(client: docker.DockerClient, arguments: list[str], **options: Any) -> Iterator[Container]:
    image = load_catalog()["postgres"].built
    made = client.containers.run(image, arguments, detach=True, network_mode="host", **options)
    try:
        yield made
    finally:
        made.remove(force=True, v=True)


def _installed() -> Path:
    """The packages' /usr, unpacked once into the cache, with all libraries in one folder."""
    files = download(_PACKAGES, what="pgbouncer", report=print)
    target = folder("workloads") / next(file.stem for file in files if file.name.startswith(f"{_PACKAGES[0]}_"))
    with locked("pgbouncer", print):
        if not target.is_dir():
            fresh = target.with_suffix(".new")
            for file in files:
                subprocess.run(["dpkg-deb", "--extract", str(file), str(fresh)], check=True)
            libraries = fresh / "usr/lib"
            for library in [*libraries.glob("*-linux-gnu/lib*")]:
                library.rename(libraries / library.name)
            fresh.rename(target)
    return target / "usr"

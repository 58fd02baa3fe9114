"""A real MariaDB out of Debian's packages, as a process of this machine on loopback."""

from __future__ import annotations

import getpass
import os
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from images.cache import folder, locked
from images.debian import download
from tests.waiting import until

# With the methods of login, and the libraries that a machine without a database does not have.
_PACKAGES = ("mariadb-server-core", "mariadb-server", "libaio1", "libnuma1", "liburing2")
_SYSTEM_TABLES = ("mysql_system_tables.sql", "mysql_performance_tables.sql", "mysql_system_tables_data.sql")
_FOLLOW = """\
CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={port}, MASTER_USER='replica', MASTER_PASSWORD='replica';
START SLAVE;
"""
_READY_SECONDS = 60.0


@contextmanager
def mariadb(
    directory: Path,
    port: int,
    statements: Sequence[str],
    certificates: Mapping[str, str] | None = None,
    *,
    follows: int | None = None,
) -> Iterator[None]:
    """A server on 127.0.0.1 and ::1 until the end of the block.

    Args:
        directory: a new one, for its data.
        port: of both addresses.
        statements: run before it listens.
        certificates: ca.pem, server.pem and server.key; None: it offers no encryption.
        follows: the port of another one that it is a replica of, as the user `replica` with the password `replica`.
    """
    data = directory / "data"
    data.mkdir(parents=True)
    tables = [(_installed() / "share/mysql" / name).read_text(encoding="utf-8") for name in _SYSTEM_TABLES]
    first = ["CREATE DATABASE mysql;", "USE mysql;", *tables, "FLUSH PRIVILEGES;", *statements]
    made = subprocess.run(
        _command(data, "--bootstrap"),
        input="\n".join(first).encode(),
        env=_environment(),
        capture_output=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr.decode(errors="replace")[-2000:]
    options = ["--bind-address=127.0.0.1,::1", f"--port={port}", f"--socket={directory / 'socket'}"]
    # The server's number; any that is not the same.
    options += [f"--server-id={port}", "--log-bin"]
    if follows:
        start = directory / "start.sql"
        start.write_text(_FOLLOW.format(port=follows), encoding="utf-8")
        options.append(f"--init-file={start}")
    for name, text in (certificates or {}).items():
        (directory / name).write_text(text, encoding="utf-8")
    if certificates:
        files = {"ca": "ca.pem", "cert": "server.pem", "key": "server.key"}
        options += [f"--ssl-{option}={directory / file}" for option, file in files.items()]
    log = directory / "log"
    with (
        log.open("wb") as output,
        subprocess.Popen(_command(data, *options), env=_environment(), stdout=output, stderr=output) as server,
    ):
        try:
            assert until(lambda: server.poll() is not None or _listens(port), _READY_SECONDS), log.read_text()
            assert server.poll() is None, log.read_text(errors="replace")[-2000:]
            yield
        finally:
            server.kill()


def _command(data: Path, *options: str) -> list[str]:
    root = _installed()
    return [
        str(root / "sbin/mariadbd"),
        "--no-defaults",
        # It runs as root only where that is said.
        f"--user={getpass.getuser()}",
        f"--basedir={root}",
        f"--datadir={data}",
        f"--lc-messages-dir={root / 'share/mysql'}",
        f"--pid-file={data / 'pid'}",
        "--character-set-server=utf8mb4",
        "--innodb-log-file-size=4M",
        f"--plugin-dir={root / 'lib/mysql/plugin'}",
        "--plugin-load-add=auth_ed25519",
        *options,
    ]


def _environment() -> dict[str, str]:
    libraries = ":".join(str(path) for path in (_installed() / "lib").iterdir() if path.is_dir())
    return {**os.environ, "LD_LIBRARY_PATH": libraries}


def _installed() -> Path:
    """The packages' /usr, unpacked once into the cache."""
    files = download(_PACKAGES, what="mariadb", report=print)
    target = folder("workloads") / next(file.stem for file in files if file.name.startswith(f"{_PACKAGES[1]}_"))
    with locked("mariadb", print):
        if not target.is_dir():
            fresh = target.with_suffix(".new")
            for file in files:
                subprocess.run(["dpkg-deb", "--extract", str(file), str(fresh)], check=True)
            fresh.rename(target)
    return target / "usr"


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0

"""How exporters of PostgreSQL's protocol are started with their secrets."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from catalog.libpq import START
from tests.plans import plan_of


@pytest.mark.parametrize(("kind", "program"), [("postgres", "postgres_exporter"), ("pgbouncer", "pgbouncer_exporter")])
def test_the_script_starts_the_program_of_each_kind(kind: str, program: str) -> None:
    entry = {"name": "db", "kind": kind, "target": "db:5432", "password": "dbPassword"}
    (exporter,) = plan_of(entry).exporters
    assert exporter.entrypoint == ("/bin/sh", "/etc/exporter/start.sh", f"/bin/{program}")
    assert exporter.config["start.sh"] == START


@pytest.fixture
def container(tmp_path: Path) -> Callable[..., dict[str, str]]:
    """What the exporter finds, by what its secret files hold, when start.sh runs in a container with these."""
    secrets, own, seen = tmp_path / "secrets", tmp_path / "own", tmp_path / "seen"
    secrets.mkdir()
    own.mkdir()
    exporter = tmp_path / "exporter"
    exporter.write_text(f'#!/bin/sh\nenv -0 > {seen}\nprintf "ARGS=%s\\0" "$*" >> {seen}\n')
    exporter.chmod(0o755)
    here = {"/run/secrets": secrets, "/tmp": own}
    script = re.sub("|".join(here), lambda found: str(here[found[0]]), START)

    def run(**files: str) -> dict[str, str]:
        for name, text in files.items():
            (secrets / name.replace("_", ".")).write_text(text, encoding="utf-8")
        command = ["sh", "-c", script, "start.sh", str(exporter), "--an", "option"]
        subprocess.run(command, check=True, env={"PATH": os.environ["PATH"]})
        return dict(entry.partition("=")[::2] for entry in seen.read_bytes().decode().split("\0") if entry)

    return run


@pytest.mark.parametrize(
    "password",
    [
        " pass word ",
        "two\nlines",
        "q'u\"o\\te`",
        "$HOME${A}$(id)`id`$$",
        "-n",
        "%s\\n*?[a]",
        "pässwörd🚀",
        "tab\tand\rreturn",
    ],
)
def test_every_password_reaches_the_exporters_environment_unchanged(
    container: Callable[..., dict[str, str]], password: str
) -> None:
    seen = container(password=password)
    assert seen["PGPASSWORD"] == password
    assert seen["ARGS"] == "--an option"


def test_line_ends_behind_a_password_are_no_part_of_it(container: Callable[..., dict[str, str]]) -> None:
    assert container(password="secret\n\n")["PGPASSWORD"] == "secret"


def test_a_login_by_certificate_alone_says_no_password(container: Callable[..., dict[str, str]]) -> None:
    assert "PGPASSWORD" not in container(key_pem="a key")


def test_the_key_is_written_for_the_exporter_alone_at_each_start(
    container: Callable[..., dict[str, str]], tmp_path: Path
) -> None:
    for key in ("a first and longer key\n", "a second key\n"):
        container(key_pem=key)
        own = tmp_path / "own" / "key.pem"
        assert own.read_text(encoding="utf-8") == key
        assert own.stat().st_mode & 0o777 == 0o600

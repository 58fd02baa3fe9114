"""Where the cache folder is, for Python and for the script that runs before it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from images.cache import cache_root

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in ("MONITORING_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def test_the_users_own_cache_folder_holds_it(home: Path) -> None:
    own = "Library/Caches" if sys.platform == "darwin" else ".cache"
    assert cache_root() == home / own / "monitoring-stack"


def test_the_environment_moves_it(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "xdg"))
    assert cache_root() == home / "xdg" / "monitoring-stack"
    monkeypatch.setenv("MONITORING_CACHE", "~/own")
    assert cache_root() == home / "own"


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"XDG_CACHE_HOME": "/xdg"},
        {"XDG_CACHE_HOME": "relative"},
        {"MONITORING_CACHE": "/own", "XDG_CACHE_HOME": "/xdg"},
    ],
    ids=["default", "XDG", "a relative XDG folder counts for nothing", "named"],
)
def test_the_bootstrap_script_works_out_the_same_folder(
    home: Path, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value if value == "relative" else f"{home}{value}")
    uv = cache_root() / "uv" / "bin" / "uv"
    uv.parent.mkdir(parents=True)
    uv.write_text('#!/bin/sh\necho "uv $*"\n', encoding="utf-8")
    uv.chmod(0o755)
    # A machine that has no uv but this one.
    programs = home / "programs"
    programs.mkdir()
    for name in ("uname", "touch"):
        (programs / name).symlink_to(str(shutil.which(name)))
    (home / ".venv").mkdir()
    done = subprocess.run(
        ["/bin/sh", str(ROOT / "operations" / "bootstrap.sh")],
        cwd=home,
        env={**os.environ, "PATH": str(programs)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "uv sync --frozen --quiet\n", done.stderr
    assert (home / ".venv" / ".ready").exists()

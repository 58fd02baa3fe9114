"""The tree's own code: linted, formatted and typed by the settings in pyproject.toml, which are shown to bite."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = f"--config={ROOT / 'pyproject.toml'}"


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", *(str(argument) for argument in arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)


@pytest.mark.parametrize(
    ("command", "fix"),
    [
        (("ruff", "check", "--no-fix"), "ruff check --fix"),
        (("ruff", "format", "--check"), "ruff format"),
        (("mypy",), "make lint"),
    ],
    ids=["lint", "format", "types"],
)
def test_the_whole_tree_is_in_order(command: tuple[str, ...], fix: str) -> None:
    done = run(*command)
    if done.returncode:
        pytest.fail(f"{done.stdout}{done.stderr}\n`{fix}` shows or repairs it.", pytrace=False)


def test_the_linter_looks_at_every_file_of_ours() -> None:
    looked_at = {Path(line) for line in run("ruff", "check", "--show-files").stdout.splitlines()}
    packages = ("catalog", "components", "dashboards", "exporters", "images", "operations", "rendering", "runtimes")
    others = ("settings", "tests", "examples")
    ours = {path for package in (*packages, *others) for path in (ROOT / package).rglob("*.py")}
    assert len(ours) > 100
    assert sorted(str(path) for path in {*ours, ROOT / "__main__.py"} - looked_at if ".venv" not in path.parts) == []


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ("import os\n", "F401"),
        ('"""A module."""\n\n\ndef undocumented() -> None:\n    pass\n', "D103"),
        ('"""A module."""\n\nimport subprocess\n\nsubprocess.run("ls", shell=True)\n', "S602"),
        (f'"""A module."""\n\nVALUE = "{"x" * 120}"\n', "E501"),
    ],
)
def test_the_linter_refuses_what_it_should(tmp_path: Path, code: str, rule: str) -> None:
    path = tmp_path / "bad.py"
    path.write_text(code, encoding="utf-8")
    done = run("ruff", "check", "--no-fix", SETTINGS, path)
    assert done.returncode == 1
    assert rule in done.stdout


def test_the_formatter_refuses_code_in_another_style(tmp_path: Path) -> None:
    path = tmp_path / "bad.py"
    path.write_text('"""A module."""\n\nVALUE = {"a":1}\n', encoding="utf-8")
    assert run("ruff", "format", "--check", SETTINGS, path).returncode == 1


@pytest.mark.parametrize(
    "code",
    [
        "def untyped(value):\n    return value\n",
        "def wrong() -> int:\n    return 'text'\n",
        "from typing import Any\n\n\ndef loose(value: list) -> Any:\n    return value\n",
    ],
    ids=["without types", "with a wrong type", "with an open generic"],
)
def test_the_type_checker_refuses_what_is_not_typed_strictly(tmp_path: Path, code: str) -> None:
    path = tmp_path / "bad.py"
    path.write_text(code, encoding="utf-8")
    done = run("mypy", f"--config-file={ROOT / 'pyproject.toml'}", "--cache-dir", tmp_path / "cache", path)
    assert done.returncode == 1
    assert "Found 1 error" in done.stdout

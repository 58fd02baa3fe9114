"""The hooks that git runs before a commit: valid, of this project alone, and passing on the tree."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
CONFIGURATION = ROOT / ".pre-commit-config.yaml"
REPOSITORIES: list[dict[str, Any]] = yaml.safe_load(CONFIGURATION.read_text(encoding="utf-8"))["repos"]
HOOKS = {hook["id"]: hook for repository in REPOSITORIES for hook in repository["hooks"]}


def run(*command: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=600)


def test_pre_commit_reads_its_configuration() -> None:
    done = run(sys.executable, "-m", "pre_commit", "validate-config", CONFIGURATION)
    assert done.returncode == 0, done.stdout + done.stderr


def test_nothing_is_downloaded_for_a_hook() -> None:
    assert [repository["repo"] for repository in REPOSITORIES] == ["local"]
    assert {hook["language"] for hook in HOOKS.values()} == {"system"}


@pytest.mark.parametrize("name", HOOKS)
def test_every_hook_runs_and_passes_on_the_tree(name: str) -> None:
    done = run(*shlex.split(HOOKS[name]["entry"]))
    if done.returncode:
        pytest.fail(done.stdout + done.stderr, pytrace=False)


def test_a_commit_with_a_mistake_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A hooks path in the developer's own configuration would keep pre-commit from installing.
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path / "cache"))

    def git(*arguments: str) -> subprocess.CompletedProcess[str]:
        identity = ("-c", "user.name=Test", "-c", "user.email=test@example.com")
        return run("git", *identity, *arguments, cwd=tmp_path)

    git("init")
    for name in (".pre-commit-config.yaml", "pyproject.toml"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    installed = run(sys.executable, "-m", "pre_commit", "install", cwd=tmp_path)
    assert installed.returncode == 0, installed.stdout + installed.stderr
    (tmp_path / "bad.py").write_text('"""A module."""\n\nimport os\n', encoding="utf-8")
    git("add", ".pre-commit-config.yaml", "bad.py")
    done = git("commit", "--message", "A mistake")
    assert done.returncode
    assert "F401" in done.stdout + done.stderr

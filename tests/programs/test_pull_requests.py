"""docs/pull-requests.md shows a change and its effect: the change is made as written, and its effect is as shown."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CHANGE, EFFECT = re.findall(r"```diff\n(.*?)```", (ROOT / "docs" / "pull-requests.md").read_text("utf-8"), re.DOTALL)


def run(*command: str, cwd: Path, text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, input=text, capture_output=True, text=True, check=False, timeout=120)


def by_file(diff: str) -> dict[str, list[str]]:
    """The lines that a diff adds and removes, by the file's path in the repository."""
    files: dict[str, list[str]] = {}
    for line in diff.splitlines():
        if line.startswith("diff --git "):
            files[line.rpartition(" b/")[2]] = []
        elif line.startswith(("+", "-")) and not line.startswith(("+++", "---")):
            files[next(reversed(files))].append(line)
    return files


def test_the_change_has_the_effect_that_is_shown(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(".git", ".venv", ".*_cache", "__pycache__", "tests"))
    run("git", "init", cwd=tree)
    run("git", "add", "--all", cwd=tree)
    applied = run("git", "apply", "-", cwd=tree, text=CHANGE)
    assert applied.returncode == 0, applied.stderr
    assert run(sys.executable, "-m", "rendering", "--check", cwd=tree).returncode == 1
    rendered = run(sys.executable, "-m", "rendering", cwd=tree)
    assert rendered.returncode == 0, rendered.stderr
    run("git", "add", "--intent-to-add", "rendered", cwd=tree)
    real = by_file(run("git", "diff", "rendered", cwd=tree).stdout)
    shown = by_file(EFFECT)
    assert shown
    for path, lines in shown.items():
        assert [line for line in lines if line not in real[path]] == []

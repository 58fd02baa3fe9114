"""What docs/new-kind.md shows is in order: lint, format, types, direction of imports, rules and dashboards."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.page import NEW_KIND, follow
from tests.tree import ROOT, copied_tree


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree after the page."""
    folder = copied_tree(tmp_path_factory.mktemp("new-kind"), tests=True)
    follow(NEW_KIND, folder)
    if (ROOT / ".mypy_cache").exists():
        # Only what the page changes is then looked at anew.
        shutil.copytree(ROOT / ".mypy_cache", folder / ".mypy_cache")
    return folder


@pytest.mark.parametrize(
    "command",
    [
        [sys.executable, "-m", "ruff", "check", "--no-fix"],
        [sys.executable, "-m", "ruff", "format", "--check"],
        [sys.executable, "-m", "mypy"],
        [str(ROOT / ".venv" / "bin" / "lint-imports"), "--no-logo"],
        [sys.executable, "-m", "pytest", "-q", "tests/unit/rules", "tests/unit/dashboards"],
    ],
    ids=["lint", "format", "types", "imports", "rules and dashboards"],
)
def test_the_tree_is_in_order_after_the_page(tree: Path, command: list[str]) -> None:
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr

"""A copy of the whole tree, for tests that change it."""

from __future__ import annotations

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_NOT_COPIED = (".*", "__pycache__", "rendered")


def copied_tree(folder: Path, *, tests: bool = False) -> Path:
    """The tree's own files in `folder`, without rendered stacks, environments and caches; tests only when asked for."""
    ignored = _NOT_COPIED if tests else (*_NOT_COPIED, "tests")
    return Path(shutil.copytree(ROOT, folder / "tree", ignore=shutil.ignore_patterns(*ignored)))

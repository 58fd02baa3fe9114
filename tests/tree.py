"""A copy of the whole tree, for tests that change it."""

from __future__ import annotations

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_NOT_COPIED = shutil.ignore_patterns(".*", "__pycache__", "rendered", "tests")


def copied_tree(folder: Path) -> Path:
    """The product's own files in `folder`, without tests, rendered stacks, environments and caches."""
    return Path(shutil.copytree(ROOT, folder / "tree", ignore=_NOT_COPIED))

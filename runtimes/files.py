"""Writing a directory of configuration or secret files: atomically, and only what changed."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

# Containers run as users the host does not know, so files must be readable by all; what keeps other users of the
# host away from secrets is the mode of the stack's own folder above (0700), which a bind mount does not cross.
_FILE_MODE = 0o444
_DIRECTORY_MODE = 0o755
_PRIVATE_MODE = 0o700


def write_directory(directory: Path, files: Mapping[str, str]) -> bool:
    """Make the directory hold exactly these files; True when anything changed.

    Each file is replaced in one step, so a reader sees the old or the new content and never half of it.
    """
    for parent in reversed(directory.parents):
        parent.mkdir(mode=_PRIVATE_MODE, exist_ok=True)
    _make_readable(directory)
    before = read_directory(directory)
    for name in before.keys() - files.keys():
        (directory / name).unlink()
    for name, content in files.items():
        if before.get(name) != content:
            for inner in reversed(Path(name).parents):
                _make_readable(directory / inner)
            replace_file(directory / name, content)
    return before != dict(files)


def read_directory(directory: Path) -> dict[str, str]:
    """Content by path relative to the directory; empty when it does not exist."""
    return {
        str(path.relative_to(directory)): path.read_bytes().decode("utf-8", errors="replace")
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


def _make_readable(directory: Path) -> None:
    """Make one directory whose mode does not depend on the umask of whoever runs this."""
    directory.mkdir(exist_ok=True)
    directory.chmod(_DIRECTORY_MODE)


def remove_directory(directory: Path) -> None:
    """Remove the directory and its files; nothing happens when it is gone already."""
    shutil.rmtree(directory, ignore_errors=True)


def replace_file(path: Path, content: str) -> None:
    """Write one file in one step, readable by all and writable by none."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content)
    Path(temporary).chmod(_FILE_MODE)
    Path(temporary).replace(path)

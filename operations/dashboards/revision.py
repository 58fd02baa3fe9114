"""Dashboards as an earlier revision of this repository makes them."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from operations.target import ROOT
from runtimes.console import Failure, quoted

# Run in the other tree, by the Python of this one.
_PROGRAM = """
import json, sys
from pathlib import Path
from components.stores import stores_of
from dashboards import dashboards_of
from operations.target import load_target

program = load_target(sys.argv[1], Path(sys.argv[2])).program
print(json.dumps(dashboards_of(program.plan, stores_of(program.settings))))
"""


def dashboards_of_revision(revision: str, stack: str, file: Path) -> dict[str, dict[str, Any]]:
    """The dashboards of a stack by uid, as the code of another revision makes them.

    Args:
        revision: as git names it.
        stack: its name.
        file: its stack file, which is read as it is now.

    Raises:
        Failure: when there is no such revision, or its code does not take the stack file.
    """
    with TemporaryDirectory() as folder:
        _unpack(revision, Path(folder))
        result = subprocess.run(
            [sys.executable, "-c", _PROGRAM, stack, str(file.resolve())],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": folder},
            capture_output=True,
            text=True,
        )
    if result.returncode != 0:
        reason = quoted(result.stderr.strip().splitlines()[-1]) if result.stderr.strip() else "it says nothing"
        raise Failure(f"--compare: the code of {revision} makes no dashboards of {file} ({reason}).")
    found: dict[str, dict[str, Any]] = json.loads(result.stdout)
    return found


def _unpack(revision: str, folder: Path) -> None:
    result = subprocess.run(["git", "-C", str(ROOT), "archive", revision], capture_output=True)
    if result.returncode != 0:
        reason = quoted(result.stderr.decode("utf-8", "replace"))
        raise Failure(
            f"--compare: found {revision!r} ({reason}). Allowed: a revision of this repository, such as main."
        )
    with tarfile.open(fileobj=io.BytesIO(result.stdout)) as archive:
        archive.extractall(folder, filter="data")

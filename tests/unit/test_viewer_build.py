"""What is committed of the viewer is what its source makes."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from operations.target import ROOT

VIEWER = ROOT / "viewer"
MADE = ("viewer.js", "viewer.css", "NOTICE")


def test_the_committed_files_are_those_that_the_source_makes(tmp_path: Path) -> None:
    if shutil.which("node") is None or not (VIEWER / "node_modules").is_dir():
        pytest.skip("viewer/node_modules is not there: `make viewer` installs it and builds")
    subprocess.run(["node", "build.mjs", str(tmp_path)], cwd=VIEWER, check=True, capture_output=True)
    assert [name for name in MADE if (tmp_path / name).read_bytes() != (VIEWER / name).read_bytes()] == []


def test_the_lock_file_names_no_registry() -> None:
    lock = (VIEWER / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved": "http' not in lock
    assert lock.count('"integrity"') > 300


def test_every_package_in_the_viewer_has_its_licence_beside_it() -> None:
    notice = (VIEWER / "NOTICE").read_text(encoding="utf-8")
    for package in ("@grafana/ui", "@grafana/data", "@grafana/schema"):
        assert f"{package} 13.2.3: Apache-2.0" in notice
    assert "AGPL" not in notice
    assert "undefined" not in notice

"""The committed tree is what the program would create now."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_rendered_tree_is_current() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "rendering", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr

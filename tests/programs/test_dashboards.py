"""Dashboards are built the same by every process: what is committed of them changes with the code alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from components.stores import log_stores, trace_stores
from components.stores.store import Stores
from dashboards import all_dashboards
from tests.plans import ROOT

_PROGRAM = """
import json
from components.stores import log_stores, trace_stores
from components.stores.store import Stores
from dashboards import all_dashboards
print(json.dumps(all_dashboards(Stores(log_stores()[0], trace_stores()[0]))))
"""


def test_two_builds_are_equal() -> None:
    builds = [
        subprocess.run(
            [sys.executable, "-W", "error", "-c", _PROGRAM],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert builds[0] == builds[1]
    assert json.loads(builds[0]) == all_dashboards(Stores(log_stores()[0], trace_stores()[0]))

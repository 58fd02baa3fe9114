"""What the reference stacks give to Prometheus, read by promtool."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from components.prometheus import prometheus_workload
from rendering.render import render_tree
from tests.unit.examples.test_examples import STACK_FILES, example

PROMETHEUS = "config/prometheus/"


@pytest.mark.parametrize("path", STACK_FILES, ids=lambda path: path.parent.name)
def test_prometheus_takes_it(promtool: str, path: Path, tmp_path: Path) -> None:
    program = example(path)
    workload = prometheus_workload(program.plan, program.place, [])
    assert workload.config
    mount = re.compile(rf"(?<![\w/.]){re.escape(workload.config.mount_path)}(?![\w.-])")
    for name, text in render_tree(program).items():
        if name.startswith(PROMETHEUS):
            file = tmp_path / name.removeprefix(PROMETHEUS)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(mount.sub(str(tmp_path), text), encoding="utf-8")
    rules = sorted(str(file) for file in (tmp_path / "rules").glob("*.yml"))
    assert {f"generated-{name}.rules.yml" for name in ("jobs", "recordings")} <= {Path(file).name for file in rules}
    assert_success(promtool, "check", "rules", "--lint=all", "--lint-fatal", *rules)
    assert_success(promtool, "check", "config", "--syntax-only", str(tmp_path / "prometheus.yml"))


def assert_success(promtool: str, *arguments: str) -> None:
    """The test fails with what promtool says."""
    done = subprocess.run([promtool, *arguments], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"

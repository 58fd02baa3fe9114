"""Small stacks from their settings to their alerts: the rules that the catalogue renders, under promtool.

A case is a promtool test `cases/<name>.test.yml`. Its `rule_files` are `gen/<stack>/<file>`, what is rendered for one
of the stacks in `cases/stacks.yml`, or `rules/<file>`, as shipped.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from components.prometheus import prometheus_workload
from tests.conftest import PLACE
from tests.plans import plan_of

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(__file__).resolve().parent / "cases"
CASES = sorted(FOLDER.glob("*.test.yml"))
GENERATED = "gen"


@pytest.fixture(scope="session")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `gen/<stack>/` and `rules/`."""
    folder = tmp_path_factory.mktemp("cases")
    (folder / "rules").symlink_to(ROOT / "rules")
    for stack, services in yaml.safe_load((FOLDER / "stacks.yml").read_text(encoding="utf-8")).items():
        render(folder / GENERATED / stack, services)
    return folder


def render(folder: Path, services: list[dict[str, object]]) -> None:
    """Write the rule files of a stack with these services."""
    workload = prometheus_workload(plan_of(*services), PLACE, [])
    assert workload.config
    folder.mkdir(parents=True)
    for name, text in workload.config.files.items():
        if name.startswith("rules/"):
            (folder / name.removeprefix("rules/")).write_text(text, encoding="utf-8")


def test_there_is_a_case() -> None:
    assert CASES


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.name.removesuffix(".test.yml"))
def test_the_alerts_of_a_stack_are_right(promtool: str, rendered: Path, path: Path) -> None:
    copy = rendered / path.name
    copy.write_bytes(path.read_bytes())
    done = subprocess.run(
        [promtool, "test", "rules", copy.name], cwd=rendered, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "SUCCESS" in done.stdout

"""The tree's own code: linted, formatted and typed by the settings in pyproject.toml, which are shown to bite."""

from __future__ import annotations

import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.tree import copied_tree

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = f"--config={ROOT / 'pyproject.toml'}"
TOOLS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
CONTRACTS, COVERAGE = TOOLS["importlinter"], TOOLS["coverage"]
PACKAGES = sorted(path.parent.name for path in ROOT.glob("*/__init__.py") if path.parent.name != "tests")


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", *(str(argument) for argument in arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)


@pytest.mark.parametrize(
    ("command", "fix"),
    [
        (("ruff", "check", "--no-fix"), "ruff check --fix"),
        (("ruff", "format", "--check"), "ruff format"),
        (("mypy",), "make lint"),
    ],
    ids=["lint", "format", "types"],
)
def test_the_whole_tree_is_in_order(command: tuple[str, ...], fix: str) -> None:
    done = run(*command)
    if done.returncode:
        pytest.fail(f"{done.stdout}{done.stderr}\n`{fix}` shows or repairs it.", pytrace=False)


def test_the_linter_looks_at_every_file_of_ours() -> None:
    looked_at = {Path(line) for line in run("ruff", "check", "--show-files").stdout.splitlines()}
    ours = {path for package in (*PACKAGES, "tests", "examples") for path in (ROOT / package).rglob("*.py")}
    assert len(ours) > 100
    assert sorted(str(path) for path in {*ours, ROOT / "__main__.py"} - looked_at if ".venv" not in path.parts) == []


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ("import os\n", "F401"),
        ('"""A module."""\n\n\ndef undocumented() -> None:\n    pass\n', "D103"),
        ('"""A module."""\n\nimport subprocess\n\nsubprocess.run("ls", shell=True)\n', "S602"),
        (f'"""A module."""\n\nVALUE = "{"x" * 120}"\n', "E501"),
    ],
)
def test_the_linter_refuses_what_it_should(tmp_path: Path, code: str, rule: str) -> None:
    path = tmp_path / "bad.py"
    path.write_text(code, encoding="utf-8")
    done = run("ruff", "check", "--no-fix", SETTINGS, path)
    assert done.returncode == 1
    assert rule in done.stdout


def test_the_formatter_refuses_code_in_another_style(tmp_path: Path) -> None:
    path = tmp_path / "bad.py"
    path.write_text('"""A module."""\n\nVALUE = {"a":1}\n', encoding="utf-8")
    assert run("ruff", "format", "--check", SETTINGS, path).returncode == 1


@pytest.mark.parametrize(
    "code",
    [
        "def untyped(value):\n    return value\n",
        "def wrong() -> int:\n    return 'text'\n",
        "from typing import Any\n\n\ndef loose(value: list) -> Any:\n    return value\n",
    ],
    ids=["without types", "with a wrong type", "with an open generic"],
)
def test_the_type_checker_refuses_what_is_not_typed_strictly(tmp_path: Path, code: str) -> None:
    path = tmp_path / "bad.py"
    path.write_text(code, encoding="utf-8")
    done = run("mypy", f"--config-file={ROOT / 'pyproject.toml'}", "--cache-dir", tmp_path / "cache", path)
    assert done.returncode == 1
    assert "Found 1 error" in done.stdout


def test_every_package_of_the_product_has_its_layer() -> None:
    layers = next(contract["layers"] for contract in CONTRACTS["contracts"] if contract["type"] == "layers")
    assert sorted(name for layer in layers for name in layer.split(" | ")) == PACKAGES
    assert CONTRACTS["root_packages"] == PACKAGES


def test_coverage_is_of_every_package_of_the_product() -> None:
    assert COVERAGE["run"]["source"] == PACKAGES
    assert COVERAGE["run"]["branch"]
    assert COVERAGE["report"]["fail_under"] >= 90


def imports_of(tree: Path) -> subprocess.CompletedProcess[str]:
    """What `make lint` says of the imports of a tree, by the very command of its recipe."""
    recipe = subprocess.run(
        ["make", "--dry-run", "lint"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    ).stdout
    (command,) = (part for line in recipe.splitlines() for part in line.split(" && ") if "lint-imports" in part)
    program, *arguments = shlex.split(command)
    return subprocess.run(
        [str(ROOT / program), *arguments], cwd=tree, capture_output=True, text=True, check=False, timeout=120
    )


def test_the_imports_of_the_tree_point_down() -> None:
    done = imports_of(ROOT)
    if done.returncode:
        pytest.fail(f"{done.stdout}{done.stderr}", pytrace=False)


@pytest.mark.parametrize(
    ("module", "line", "contract", "named"),
    [
        pytest.param(
            "settings/section.py",
            "import components.stack",
            "Imports point down",
            "settings.section -> components.stack",
            id="settings import a component",
        ),
        pytest.param(
            "components/stores/loki.py",
            "from rendering.render import render_tree",
            "Imports point down",
            "components.stores.loki -> rendering.render",
            id="a component imports rendering",
        ),
        pytest.param(
            "runtimes/kubernetes/pod.py",
            "from runtimes.docker.names import stack_prefix",
            "Runtimes know nothing of each other",
            "runtimes.kubernetes.pod -> runtimes.docker.names",
            id="one runtime imports the other",
        ),
        pytest.param(
            "catalog/redis.py",
            "import pulumi",
            "Below the components nothing knows Pulumi",
            "catalog.redis -> pulumi",
            id="a kind imports the engine's SDK",
        ),
        pytest.param(
            "components/stores/tempo.py",
            "from images.catalog import load_catalog",
            "What is described names an image",
            "components.stores.tempo -> images.catalog",
            id="a component looks for its image",
        ),
        pytest.param(
            "settings/errors.py",
            "from settings.load import load_settings",
            "No circles inside a package",
            ".errors -> .load",
            id="a circle inside a package",
        ),
    ],
)
def test_an_import_in_a_wrong_direction_is_refused_by_name(
    tmp_path: Path, module: str, line: str, contract: str, named: str
) -> None:
    tree = copied_tree(tmp_path)
    with (tree / module).open("a", encoding="utf-8") as written:
        written.write(f"{line}\n")
    done = imports_of(tree)
    assert done.returncode == 1
    broken = [line for line in done.stdout.splitlines() if "BROKEN" in line]
    assert broken and broken[0].startswith(contract), done.stdout
    assert named in done.stdout

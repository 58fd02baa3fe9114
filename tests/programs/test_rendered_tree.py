"""Rendering in processes of its own: the same bytes each time, those that are committed, and no SDK too many."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rendering.render import program_in_tree, render_tree
from runtimes.files import read_directory
from tests.plans import ROOT, raw_configuration


def test_the_rendered_tree_is_current() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "rendering", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def start(*arguments: str, seed: str) -> subprocess.Popen[str]:
    """`python -m rendering` in a process of its own, with its own order of sets and no environment to lean on."""
    environment = {"PYTHONHASHSEED": seed, "PATH": os.environ["PATH"], "HOME": "/nonexistent"}
    return subprocess.Popen(
        [sys.executable, "-m", "rendering", *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module")
def two_trees(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Both stacks, rendered by two processes at once."""
    folder = tmp_path_factory.mktemp("rendered")
    processes = [start("--output", str(folder / seed), seed=seed) for seed in ("1", "2")]
    for process in processes:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
    return folder / "1", folder / "2"


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_two_processes_write_the_same_bytes(two_trees: tuple[Path, Path]) -> None:
    first, second = (bytes_of(tree) for tree in two_trees)
    assert {name.split("/")[0] for name in first} == {"dev", "prod"}
    assert list(first.keys() ^ second.keys()) == []
    assert [name for name in first if first[name] != second[name]] == []


def test_the_command_writes_the_tree_that_the_program_describes(
    two_trees: tuple[Path, Path],
) -> None:
    assert read_directory(two_trees[0] / "dev") == render_tree(program_in_tree(raw_configuration("dev"), "dev"))


def test_the_sdk_of_a_runtime_is_loaded_for_the_runtime_in_use_only() -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from rendering.render import program_in_tree, render_tree; from settings.stackfile import read_stack_file\n"
        "render_tree(program_in_tree(read_stack_file(Path('Pulumi.dev.yaml')), 'dev'))\n"
        "print(*(name for name in ('pulumi_docker', 'pulumi_kubernetes') if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["pulumi_docker"]

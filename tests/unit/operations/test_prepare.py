"""`python -m operations prepare`: what tests need on the machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from images.build import TOOLS as KNOWN_TOOLS
from operations import prepare as module
from operations.prepare import CLUSTER_TOOLS, prepare, prepare_engine, tools
from operations.target import load_target
from runtimes import runtime_kind
from runtimes.console import Failure
from runtimes.operations import Target
from tests.engine.cluster import PROGRAMS

EVERY = list(tools())


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Tools that were asked for, instead of building them."""
    asked: list[str] = []

    def tool_path(name: str) -> Path:
        asked.append(name)
        return Path(name)

    monkeypatch.setattr(module, "tool_path", tool_path)
    return asked


def test_the_runtime_is_made_ready_and_every_tool_is_built(
    file: Path, built: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    prepare("tea", file)
    assert load_target("tea", file).directory.is_dir()
    assert built == EVERY
    assert capsys.readouterr().err.splitlines() == [f"==> Tool {name}" for name in EVERY]


def test_without_the_runtime_only_the_tools_are_built_and_it_is_said(
    kettle: str, file: Path, built: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(_target: Target) -> None:
        raise Failure("No stove here: buy one.")

    monkeypatch.setattr(runtime_kind(kettle).operations, "prepare", refuse)
    prepare("tea", file)
    assert built == EVERY
    assert "    live tests will be skipped: No stove here: buy one.\n" in capsys.readouterr().err


def test_every_program_of_the_cluster_and_of_the_engine_is_built_for_its_tests(built: list[str]) -> None:
    prepare_engine("tea")
    assert {"pulumi", "pulumi-resource-kubernetes", *PROGRAMS} == set(built)
    assert set(built) <= KNOWN_TOOLS.keys()


def test_the_cli_alone_is_part_of_every_test_run() -> None:
    assert "pulumi" in EVERY
    assert not set(EVERY) & set(CLUSTER_TOOLS)

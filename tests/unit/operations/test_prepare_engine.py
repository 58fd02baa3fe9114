"""`make test-engine` compiles what a stack's life on a cluster takes, and nothing is missing from the list."""

from __future__ import annotations

import pytest

from images.build import TOOLS as KNOWN
from operations import prepare
from tests.engine.cluster import PROGRAMS


def test_every_program_of_the_cluster_and_of_the_engine_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[str] = []
    monkeypatch.setattr(prepare, "tool_path", built.append)
    prepare.prepare_engine("prod")
    assert {"pulumi", "pulumi-resource-kubernetes", *PROGRAMS} == set(built)
    assert set(built) <= KNOWN.keys()


def test_the_cli_alone_is_part_of_every_test_run() -> None:
    assert "pulumi" in prepare.tools()
    assert not set(prepare.tools()) & set(prepare.CLUSTER_TOOLS)

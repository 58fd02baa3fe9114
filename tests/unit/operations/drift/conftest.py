"""The made-up stack that the tests of drift share."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from operations.target import LoadedTarget
from tests.unit.operations.drift.running import Running, as_declared, load

# There is no image of it, but somebody may have one.
WITH_GRAFANA = {"source": "built", "overrides": {"grafana": "grafana:test"}}


@pytest.fixture(scope="session")
def declared_answers(tmp_path_factory: pytest.TempPathFactory) -> tuple[LoadedTarget, dict[str, Any]]:
    """The stack with a Grafana, and what its programs answer; made once."""
    running = as_declared(load(tmp_path_factory.mktemp("drift"), images=WITH_GRAFANA))
    return running.target, running.answers


@pytest.fixture
def running(declared_answers: tuple[LoadedTarget, dict[str, Any]]) -> Running:
    """The stack, to be changed by a test."""
    target, answers = declared_answers
    return Running(target, deepcopy(answers))

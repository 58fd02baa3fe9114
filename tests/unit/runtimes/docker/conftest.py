"""A stack on Docker whose folder is in a temporary place, and the daemon that is not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from operations.target import LoadedTarget, load_target
from tests.fakes import FakeDaemon
from tests.stacks import stack_file


@pytest.fixture
def target(tmp_path: Path) -> LoadedTarget:
    """The dev stack under the name kettle."""
    return load_target("kettle", stack_file(tmp_path))


@pytest.fixture
def daemon() -> FakeDaemon:
    """A daemon with nothing on it."""
    return FakeDaemon()

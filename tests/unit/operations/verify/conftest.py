"""The made-up stack that the tests of verification share."""

from __future__ import annotations

import pytest

from operations.verify.declared import Declared
from tests.unit.operations.verify.world import World, declare, world_of


@pytest.fixture(scope="session")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Declared:
    """What the made-up stack declares, read once."""
    return declare(tmp_path_factory.mktemp("usual"))


@pytest.fixture
def world(usual: Declared) -> World:
    """The stack as it runs, everything healthy."""
    return world_of(usual)

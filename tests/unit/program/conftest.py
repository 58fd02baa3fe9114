"""The stack that tests of the program look at."""

from __future__ import annotations

import pytest

from tests.conftest import Deploy, Deployment


@pytest.fixture
def dev(deployed: Deploy) -> Deployment:
    """The dev stack as it is shipped."""
    return deployed("dev")

"""The tree that tests of rendering look at."""

from __future__ import annotations

import pytest

from rendering.render import program_in_tree, render_tree
from tests.plans import raw_configuration


@pytest.fixture(scope="session")
def tree() -> dict[str, str]:
    """What `make render` writes for the dev stack."""
    return render_tree(program_in_tree(raw_configuration("dev"), "dev"))

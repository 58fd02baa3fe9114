"""The program that evaluates the rules."""

from __future__ import annotations

import shutil

import pytest

from images.build import tool_path
from images.errors import ImagesError


@pytest.fixture(scope="session")
def promtool() -> str:
    """The pinned promtool, built when it is not in the cache; otherwise the one on PATH."""
    try:
        return str(tool_path("promtool"))
    except (ImagesError, OSError) as error:
        found = shutil.which("promtool")
        if found is None:
            pytest.fail(f"promtool is neither on PATH nor could it be built, so no rule was tested: {error}")
        return found

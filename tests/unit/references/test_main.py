"""The files that `make schema` writes are current."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from references.__main__ import GENERATED


@pytest.mark.parametrize(("file", "text"), GENERATED)
def test_what_is_written_from_the_settings_is_up_to_date(file: Path, text: Callable[[], str]) -> None:
    assert file.read_text(encoding="utf-8") == text(), "run `make schema` and commit the result"

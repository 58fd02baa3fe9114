"""A stack on the made-up runtime, where commands need no Docker and no engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stacks import stack_file


@pytest.fixture
def file(kettle: str, tmp_path: Path) -> Path:
    """Its stack file; the stack is called tea."""
    return stack_file(tmp_path, "tea", runtime=kettle)


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without Pulumi."""
    for module in ("up", "down"):
        monkeypatch.setattr(f"operations.{module}.find_engine", lambda _target: (None, "there is none"))

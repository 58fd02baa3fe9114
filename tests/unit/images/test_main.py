"""`python -m images`: what it tells. No Docker, no network."""

from __future__ import annotations

import pytest

from images import __main__ as command
from images import build, docker
from images.catalog import load_catalog


def test_the_command_tells_of_what_is_there_already(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(docker, "require_daemon", lambda: None)
    monkeypatch.setattr(docker, "recipe_of", lambda reference: build.recipe_hash(load_catalog()["busybox"]))
    assert command.main(["build", "busybox"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "busybox: monitoring/busybox:1.35.0 is up to date",
        "0 built, 1 already there.",
    ]

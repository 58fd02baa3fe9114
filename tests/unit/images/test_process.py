"""Programs that take long: signs of life, and their last words."""

from __future__ import annotations

from pathlib import Path

import pytest

from images import process as running
from images.errors import ImagesError


@pytest.mark.parametrize(("seconds", "text"), [(0.2, "0 s"), (59.4, "59 s"), (60, "1 min 00 s"), (125, "2 min 05 s")])
def test_durations(seconds: float, text: str) -> None:
    assert running.duration(seconds) == text


def test_a_long_program_gives_signs_of_life(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(running, "HEARTBEAT", 0.05)
    said: list[str] = []
    log = tmp_path / "log"
    running.run_long(["sleep", "0.3"], what="thing", doing="sleeping", report=said.append, log=log)
    assert said[0] == "thing: still sleeping, 0 s"


def test_a_failed_program_is_told_by_its_last_words(tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = ["sh", "-c", "echo working; echo it broke >&2; exit 3"]
    with pytest.raises(ImagesError) as error:
        running.run_long(command, what="thing", doing="trying", report=print, log=log)
    assert str(error.value) == f"thing: trying failed: it broke. The whole output is in {log}."
    with pytest.raises(ImagesError) as error:
        running.run_long(["no-such-program"], what="thing", doing="trying", report=print, log=log)
    assert str(error.value) == "thing: no-such-program cannot be run (No such file or directory); install it."

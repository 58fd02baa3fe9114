"""What commands tell people while they work."""

from __future__ import annotations

import pytest

from runtimes import console
from runtimes.console import Progress, counted, note, quoted, step


def test_steps_and_notes_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    step("Deploying")
    note("12 workloads")
    assert capsys.readouterr() == ("", "==> Deploying\n    12 workloads\n")


def test_progress_is_told_every_few_seconds_with_the_time_since_its_start(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Clock:
        now = 100.0

        def monotonic(self) -> float:
            return self.now

    clock = Clock()
    monkeypatch.setattr(console, "time", clock)
    progress = Progress(every_seconds=10)
    for seconds, text in ((9.9, "early"), (10, "first"), (19.9, "too soon"), (20, "second")):
        clock.now = 100 + seconds
        progress.tell(text)
    assert capsys.readouterr().err == "    first (10 s)\n    second (20 s)\n"


def test_what_a_program_said_is_one_line_that_fits_a_table() -> None:
    assert quoted("it\n  broke\t here ") == "it broke here"
    assert quoted("x" * 160) == "x" * 160
    assert quoted("x" * 161) == "x" * 159 + "…"


def test_one_is_not_told_as_many() -> None:
    assert [counted(number, "rule") for number in (0, 1, 2)] == ["0 rules", "1 rule", "2 rules"]

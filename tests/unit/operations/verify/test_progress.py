"""What is shown while rows are asked for."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from operations.verify.progress import ConsoleProgress
from operations.verify.rows import not_yet


def test_progress_in_a_log_says_only_what_is_new() -> None:
    output = io.StringIO()
    progress = ConsoleProgress(Console(file=output, force_terminal=False), "dev")
    first = [not_yet("target a", "no"), not_yet("logs [b]", "no")]
    with progress:
        progress.asking("target a")
        progress.waiting(first, 180)
        progress.waiting(first, 177)
        progress.waiting(first[1:], 174)
    assert output.getvalue().splitlines() == [
        "Asking stack dev",
        "Waiting up to 180 s for 2 rows: target a and 1 more",
        "Waiting up to 174 s for 1 row: logs [b]",
    ]


def test_progress_on_a_terminal_is_one_changing_line() -> None:
    output = io.StringIO()
    with ConsoleProgress(Console(file=output, force_terminal=True), "dev") as progress:
        progress.asking("target a")
        progress.waiting([not_yet("target a", "no")], 180)
    assert "Waiting up to 180 s for 1 row: target a" in output.getvalue()


def test_progress_in_a_log_repeats_itself_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    output, now = io.StringIO(), [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    progress = ConsoleProgress(Console(file=output, force_terminal=False), "dev")
    for passed, left in ((0, 180), (14, 166), (1, 165)):
        now[0] += passed
        progress.waiting([not_yet("target a", "no")], left)
    assert output.getvalue().splitlines() == [
        "Waiting up to 180 s for 1 row: target a",
        "Waiting up to 165 s for 1 row: target a",
    ]

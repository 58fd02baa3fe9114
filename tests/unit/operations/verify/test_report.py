"""The result as a table for people and as JSON for machines."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime

import pytest
from rich.console import Console

from operations.verify.report import Report, print_table, to_json
from operations.verify.rows import Row, failed, passed, skipped


def report_of(*rows: Row) -> Report:
    return Report("dev", datetime(2026, 11, 21, 10, 0, tzinfo=UTC), 12.34, rows)


ROWS = (failed("target a", "a:1 is [down]"), passed("rules", "ok"), skipped("workload tempo", "no image"))


def test_json() -> None:
    assert json.loads(to_json(report_of(*ROWS))) == {
        "stack": "dev",
        "status": "failed",
        "error": None,
        "counts": {"passed": 1, "failed": 1, "skipped": 1},
        "finished": "2026-11-21T10:00:00+00:00",
        "seconds": 12.3,
        "rows": [
            {"name": "target a", "status": "failed", "detail": "a:1 is [down]"},
            {"name": "rules", "status": "passed", "detail": "ok"},
            {"name": "workload tempo", "status": "skipped", "detail": "no image"},
        ],
    }


def test_table() -> None:
    output = io.StringIO()
    print_table(report_of(*ROWS), Console(file=output, width=80))
    assert [line.split() for line in output.getvalue().splitlines()] == [
        ["Status", "Row", "Detail"],
        ["passed", "rules", "ok"],
        ["skipped", "workload", "tempo", "no", "image"],
        ["failed", "target", "a", "a:1", "is", "[down]"],
        ["Stack", "dev:", "1", "passed,", "1", "failed,", "1", "skipped", "in", "12", "s."],
    ]


@pytest.mark.parametrize(
    ("report", "status", "exit_status"),
    [
        (report_of(*ROWS[1:]), "passed", 0),
        (report_of(*ROWS), "failed", 1),
        (Report("dev", datetime(2026, 11, 21, tzinfo=UTC), 0, error="Docker does not answer."), "could_not_run", 2),
    ],
)
def test_a_report_has_the_status_of_its_worst_row(report: Report, status: str, exit_status: int) -> None:
    assert (report.status, report.exit_status) == (status, exit_status)


def test_what_could_not_run_is_an_error_without_rows() -> None:
    document = json.loads(to_json(Report("dev", datetime(2026, 11, 21, tzinfo=UTC), 0, error="No stack.")))
    assert (document["status"], document["error"], document["rows"]) == ("could_not_run", "No stack.", [])


def test_a_terminal_keeps_its_own_width() -> None:
    output = io.StringIO()
    print_table(report_of(passed("rules", "word " * 40)), Console(file=output, width=80, force_terminal=True))
    assert max(len(line) for line in output.getvalue().splitlines()) < 140

"""The result as a table for people and as JSON for machines."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from operations.verify.rows import Row, Status

_STYLES: dict[Status, str] = {"passed": "green", "failed": "bold red", "skipped": "yellow"}
_NARROWEST = 140


@dataclass(frozen=True)
class Report:
    """The result of one run.

    Attributes:
        finished: when, with its timezone.
        error: why nothing could be verified; there are no rows then.
    """

    stack: str
    finished: datetime
    seconds: float
    rows: Sequence[Row] = ()
    error: str | None = None

    @property
    def status(self) -> str:
        """passed, failed or could_not_run."""
        if self.error is not None:
            return "could_not_run"
        return "failed" if any(row.status == "failed" for row in self.rows) else "passed"

    @property
    def exit_status(self) -> int:
        """0: all passed; 1: something failed; 2: could not run."""
        return {"passed": 0, "failed": 1, "could_not_run": 2}[self.status]

    def counts(self) -> dict[str, int]:
        """Rows by status."""
        found = Counter(row.status for row in self.rows)
        return {"passed": found["passed"], "failed": found["failed"], "skipped": found["skipped"]}


def to_json(report: Report) -> str:
    """The document that docs/verify.md describes."""
    document = {
        "stack": report.stack,
        "status": report.status,
        "error": report.error,
        "counts": report.counts(),
        "finished": report.finished.isoformat(timespec="seconds"),
        "seconds": round(report.seconds, 1),
        "rows": [{"name": row.name, "status": row.status, "detail": row.detail} for row in report.rows],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def print_table(report: Report, console: Console) -> None:
    """One line for each row, then the counts. What went wrong stands last, where it is read first."""
    if not console.is_terminal:
        console.width = max(console.width, _NARROWEST)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("Status", "Row", "Detail"):
        table.add_column(title, no_wrap=title != "Detail", overflow="fold")
    for row in sorted(report.rows, key=lambda row: ("passed", "skipped", "failed").index(row.status)):
        # Text, not markup: details quote programs, which use brackets too.
        table.add_row(Text(row.status, _STYLES[row.status]), Text(row.name), Text(row.detail))
    console.print(table)
    counts = ", ".join(f"{number} {status}" for status, number in report.counts().items())
    console.print(Text(f"Stack {report.stack}: {counts} in {report.seconds:.0f} s."))

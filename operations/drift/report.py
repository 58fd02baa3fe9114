"""What was found, for people and for machines."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from rich.console import Console
from rich.text import Text

from runtimes.console import counted
from runtimes.drift import Difference

_STYLES = {"-": "red", "+": "green"}


@dataclass(frozen=True)
class DriftReport:
    """The result of one comparison.

    Attributes:
        finished: when, with its timezone.
        differences: what is not as the program says.
        compared: how many things of each sort were compared.
        left_out: sorts of things that this stack does not have or that are not compared, with the reason.
        unanswered: sorts of things that could not be compared although the stack has them, with the reason.
        error: why nothing could be compared; all the rest is empty then.
    """

    stack: str
    finished: datetime
    differences: Sequence[Difference] = ()
    compared: Mapping[str, int] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)
    unanswered: Mapping[str, str] = field(default_factory=dict)
    error: str | None = None

    @property
    def status(self) -> str:
        """same, drifted, incomplete or could_not_run."""
        if self.error is not None:
            return "could_not_run"
        return "drifted" if self.differences else "incomplete" if self.unanswered else "same"

    @property
    def exit_status(self) -> int:
        """0: nothing differs; 1: something does, or could not be compared; 2: nothing could."""
        return {"same": 0, "drifted": 1, "incomplete": 1, "could_not_run": 2}[self.status]


def to_json(report: DriftReport) -> str:
    """The document that docs/drift.md describes."""
    document = {
        "stack": report.stack,
        "status": report.status,
        "error": report.error,
        "finished": report.finished.isoformat(timespec="seconds"),
        "differences": [
            {
                "kind": found.kind,
                "name": found.name,
                "lines": list(found.lines),
                "mend": found.mend,
            }
            for found in report.differences
        ],
        "compared": dict(report.compared),
        "left_out": dict(report.left_out),
        "unanswered": dict(report.unanswered),
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def print_diff(report: DriftReport, console: Console) -> None:
    """Each difference as a diff, and what was compared."""
    for found in report.differences:
        _write(console, f"{found.kind}: {found.name}", "bold")
        for line in found.lines:
            _write(console, f"    {line}", _STYLES.get(line[:1], ""))
        _write(console, f"    mend: {found.mend}", "dim")
    for sort, why in report.unanswered.items():
        _write(console, f"not compared: {sort}: {why}", "bold red")
    for sort, why in report.left_out.items():
        _write(console, f"left out: {sort}: {why}", "yellow")
    things = ", ".join(f"{count} {sort}" for sort, count in report.compared.items())
    _write(console, f"Stack {report.stack}: {counted(len(report.differences), 'difference')}; compared: {things}.", "")


def _write(console: Console, line: str, style: str) -> None:
    # Text, not markup: what differs can hold brackets.
    console.print(Text(line, style), soft_wrap=True)

"""What came of drills, as a table for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from operations.drill.drill import Drill
from operations.drill.replay import messages, pages
from operations.drill.run import DrillOutcome
from operations.drill.told import Delivery

_NARROWEST = 190
# Names are looked for and copied; what they mean may take more lines than one.
_FOLDED = ("Fault", "Incident")
_STYLES = {"passed": "green", "failed": "bold red", "skipped": "yellow"}


def status(outcome: DrillOutcome) -> str:
    """passed, failed or skipped."""
    if outcome.skipped:
        return "skipped"
    return "passed" if outcome.passed else "failed"


def print_outcomes(outcomes: Sequence[DrillOutcome], seconds: float, console: Console) -> None:
    """One line for each drill, then what went wrong, then the counts."""
    table = _table("Status", "Drill", "Fault", "Alert", "Told after", "Messages", "Inhibited", "All-clear after")
    for outcome in outcomes:
        drill = outcome.drill
        table.add_row(
            Text(status(outcome), _STYLES[status(outcome)]),
            drill.name,
            drill.fault,
            f"{drill.expects} → {drill.receiver}",
            _seconds(outcome.seconds),
            str(outcome.messages),
            f"{len(outcome.inhibited)} of {len(drill.silent)}" if drill.silent else "",
            _seconds(outcome.resolved),
        )
    _print(table, console)
    for outcome in outcomes:
        for sentence in (*outcome.problems, *([outcome.skipped] if outcome.skipped else [])):
            console.print(Text(f"{outcome.drill.name}: {sentence}"), soft_wrap=True)
    counts = Counter(map(status, outcomes))
    told = ", ".join(f"{counts[name]} {name}" for name in ("passed", "failed", "skipped"))
    console.print(Text(f"{len(outcomes)} drills: {told} in {seconds / 60:.1f} min."))


def print_incidents(incidents: Sequence[tuple[DrillOutcome, Sequence[Delivery]]], console: Console) -> None:
    """How often people were told of each incident, and how often under plain rules."""
    table = _table("Incident", "Alerts", "Pages", "Pages under plain rules", "Messages under plain rules")
    for outcome, plain in incidents:
        figures = (len(outcome.alerts), outcome.pages, pages(plain), messages(plain))
        table.add_row(outcome.drill.fault, *map(str, figures))
    _print(table, console)


def print_drills(drills: Sequence[Drill], console: Console) -> None:
    """What there is, without running it."""
    table = _table("Drill", "Length", "Fault", "Alert", "Within")
    for drill in drills:
        table.add_row(
            drill.name, drill.length, drill.fault, f"{drill.expects} → {drill.receiver}", _seconds(drill.within)
        )
    _print(table, console)


def _table(*titles: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in titles:
        table.add_column(title, overflow="fold", no_wrap=title not in _FOLDED)
    return table


def _print(table: Table, console: Console) -> None:
    if not console.is_terminal:
        console.width = max(console.width, _NARROWEST)
    console.print(table)


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.0f} s"

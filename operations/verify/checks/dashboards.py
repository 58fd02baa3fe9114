"""Every query of every dashboard has data: asked of the stores as Grafana asks, with its variables' values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dashboards import dashboards_of
from operations.verify.live import Live
from operations.verify.panels import Panels, Result
from operations.verify.rows import Check, Row, not_yet, passed
from runtimes.console import quoted

_TOTAL = "dashboards"


def checks(live: Live) -> list[Check]:
    """One row for each dashboard, and one that counts all queries and names the slowest."""
    found = dashboards_of(live.declared.program.plan, live.stores)
    panels = Panels(live)
    return [Check((*(_name(uid) for uid in found), _TOTAL), lambda: _rows(panels, found))]


def _rows(panels: Panels, dashboards: Mapping[str, Mapping[str, Any]]) -> list[Row]:
    results = panels.results(dashboards)
    return [*(_row(uid, found) for uid, found in results.items()), _total(results)]


def _row(uid: str, results: Sequence[Result]) -> Row:
    problems = [result for result in results if result.problem]
    if problems:
        told = "; ".join(f"{result.query.where}: {result.problem} ({_asked(result)})" for result in problems)
        return not_yet(_name(uid), f"{len(problems)} of {len(results)} queries have no data: {told}.")
    idle = list(dict.fromkeys(result.query.where for result in results if result.idle))
    told = f"; nothing has happened yet for {', '.join(idle)}" if idle else ""
    return passed(_name(uid), f"{_counts(results)}; slowest {_slowest(results)}{told}")


def _asked(result: Result) -> str:
    """The query itself, or what there is of one that is no expression."""
    return quoted(result.query.expr or str(dict(result.query.target)))


def _total(found: Mapping[str, Sequence[Result]]) -> Row:
    results = [result for results in found.values() for result in results]
    told = f"dashboards {len(found)}, {_counts(results)}; slowest {_slowest(results)}"
    return not_yet(_TOTAL, told) if any(result.problem for result in results) else passed(_TOTAL, told)


def _counts(results: Sequence[Result]) -> str:
    """How many there are of each sort; together they are all."""
    with_data = sum(result.count > 0 for result in results)
    errors = sum(result.refused for result in results)
    lacking = sum(bool(result.problem) for result in results) - errors
    idle = sum(result.idle for result in results)
    quiet = len(results) - with_data - errors - lacking - idle
    counts = f"queries {len(results)}, with data {with_data}, errors {errors}, without data {lacking}"
    return f"{counts}, idle {idle}, of faults only {quiet}"


def _slowest(results: Sequence[Result]) -> str:
    slowest = max(results, key=lambda result: result.seconds, default=None)
    return f"{slowest.query.where}, {slowest.seconds:.2f} s" if slowest else "none"


def _name(uid: str) -> str:
    return f"dashboard {uid}"

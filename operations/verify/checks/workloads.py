"""Every declared workload runs and is healthy."""

from __future__ import annotations

from operations.verify.live import Live
from operations.verify.rows import Check, Row, failed, not_yet, passed, skipped
from runtimes.health import WorkloadHealth

_ROWS = {"healthy": passed, "waiting": not_yet, "broken": failed}


def checks(live: Live) -> list[Check]:
    """One row for each workload, and one for each that has no image."""
    program = live.declared.program
    names = tuple(_name(workload.name) for workload in program.workloads)
    absent = [skipped(_name(component), reason) for component, reason in program.missing.items()]
    return [
        Check(names, lambda: _rows(live)),
        Check(tuple(row.name for row in absent), lambda: absent),
    ]


def _rows(live: Live) -> list[Row]:
    found = live.health.workloads(workload.name for workload in live.declared.program.workloads)
    return [_row(workload, health) for workload, health in found.items()]


def _row(workload: str, health: WorkloadHealth) -> Row:
    return _ROWS[health.state](_name(workload), health.told)


def _name(workload: str) -> str:
    return f"workload {workload}"

"""Every declared workload has a container that runs and is healthy."""

from __future__ import annotations

from operations.verify.engine import ContainerState
from operations.verify.live import Live
from operations.verify.rows import Check, Row, failed, not_yet, passed, skipped


def checks(live: Live) -> list[Check]:
    """One row for each workload, and one for each that has no image."""
    program = live.declared.program
    names = tuple(f"workload {workload.name}" for workload in program.workloads)
    absent = [skipped(f"workload {component}", reason) for component, reason in program.missing.items()]
    return [
        Check(names, lambda: _rows(live)),
        Check(tuple(row.name for row in absent), lambda: absent),
    ]


def _rows(live: Live) -> list[Row]:
    declared = live.declared
    found = live.engine.containers(declared.stack)
    return [
        _row(live, workload.name, found.get(declared.container(workload.name)))
        for workload in declared.program.workloads
    ]


def _row(live: Live, workload: str, state: ContainerState | None) -> Row:
    name, up = f"workload {workload}", live.declared.up()
    if state is None:
        return failed(name, f"container {live.declared.container(workload)} does not exist: run {up}.")
    what, why = f"container {state.name}", f"{live.declared.logs(workload)} says why"
    if state.status in ("created", "restarting"):
        return not_yet(name, f"{what} is {state.status}: {why}.")
    if state.status == "exited":
        return failed(name, f"{what} ended with status {state.exit_code}: {why}; then run {up}.")
    if state.status != "running":
        return failed(name, f"{what} is {state.status}: run {up}.")
    if not state.health:
        return failed(name, f"{what} has no health check: run {up}, which makes it anew.")
    if state.health != "healthy":
        return not_yet(name, f"{what} runs but is {state.health}: {why}.")
    return passed(name, "runs and is healthy")

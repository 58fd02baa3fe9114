"""One verification of one stack."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

from operations.verify.checks import all_checks
from operations.verify.clients import http_client
from operations.verify.declared import Declared, read_declared
from operations.verify.engine import Engine, connect
from operations.verify.live import Live
from operations.verify.report import Report
from operations.verify.rows import CouldNotRunError, NoAnswerError
from operations.verify.waiting import Progress, settled


def verify(stack: str, file: Path | None, wait: float, progress: Progress) -> Report:
    """Ask the running stack everything.

    Args:
        stack: the stack's name.
        file: its stack file; None means `Pulumi.<stack>.yaml`.
        wait: seconds that rows get to become true.

    Returns:
        A report; for a stack that cannot be asked, one with `error` set.
    """
    started = time.monotonic()
    try:
        declared = read_declared(stack, file)
        engine = connect()
        require_up(declared, engine)
        with http_client() as http, progress:
            rows = settled(all_checks(Live(declared, engine, http)), wait, progress)
    except (CouldNotRunError, NoAnswerError) as error:
        return Report(stack, datetime.now(UTC), time.monotonic() - started, error=str(error))
    return Report(stack, datetime.now(UTC), time.monotonic() - started, rows)


def require_up(declared: Declared, engine: Engine) -> None:
    """See that there is something to ask.

    Raises:
        CouldNotRunError: when none of the stack's containers runs.
        NoAnswerError: when Docker does not answer.
    """
    names = {declared.container(workload.name) for workload in declared.program.workloads}
    states = engine.containers(declared.stack)
    if not any(name in names and state.status == "running" for name, state in states.items()):
        raise CouldNotRunError(f"Stack {declared.stack} is not up: none of its containers runs. Run {declared.up()}.")

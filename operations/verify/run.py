"""One verification of one stack."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

from operations.verify.checks import all_checks
from operations.verify.declared import read_declared
from operations.verify.live import Live
from operations.verify.report import Report
from operations.verify.waiting import WaitingProgress, settled
from runtimes import runtime_kind
from runtimes.health import CouldNotRunError, NoAnswerError, loopback_client


def verify(stack: str, file: Path | None, wait: float, progress: WaitingProgress) -> Report:
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
        health = runtime_kind(declared.settings.runtime).health(declared.program)
        health.require_up(workload.name for workload in declared.program.workloads)
        with progress:
            rows = settled(all_checks(Live(declared, health, loopback_client())), wait, progress)
    except (CouldNotRunError, NoAnswerError) as error:
        return Report(stack, datetime.now(UTC), time.monotonic() - started, error=str(error))
    return Report(stack, datetime.now(UTC), time.monotonic() - started, rows)

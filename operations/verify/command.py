"""Verifying a stack and saying what was found, for every command that does."""

from __future__ import annotations

import sys
from pathlib import Path

from rich.console import Console

from operations.verify.progress import ConsoleProgress
from operations.verify.report import print_table, to_json
from operations.verify.run import verify

DEFAULT_WAIT_SECONDS = 180.0


def verify_stack(
    stack: str, file: Path | None = None, *, as_json: bool = False, wait: float = DEFAULT_WAIT_SECONDS
) -> int:
    """Verify a stack and print the result.

    Args:
        stack: the stack's name.
        file: its stack file; default: `Pulumi.<stack>.yaml`.
        as_json: print JSON instead of a table.
        wait: seconds that rows get which can become true a little later.

    Returns:
        0 when all rows passed, 1 when one failed, 2 when nothing could be verified.
    """
    report = verify(stack, file, wait, ConsoleProgress(Console(stderr=True), stack))
    if as_json:
        print(to_json(report))
    elif report.error is None:
        print_table(report, Console())
    if report.error is not None:
        print(report.error, file=sys.stderr)
    return report.exit_status

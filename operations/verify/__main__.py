"""`python -m operations.verify`: the command line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from operations.verify.progress import ConsoleProgress
from operations.verify.report import print_table, to_json
from operations.verify.run import verify

_DEFAULT_WAIT_SECONDS = 180.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and verify. Returns the exit status."""
    options = _parser().parse_args(arguments)
    return verify_stack(options.stack, options.file, as_json=options.json, wait=options.wait)


def verify_stack(
    stack: str, file: Path | None = None, *, as_json: bool = False, wait: float = _DEFAULT_WAIT_SECONDS
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m operations.verify",
        description="Ask a running stack whether all of it works.",
        epilog="Exit status: 0 all rows passed, 1 a row failed, 2 nothing could be verified.",
    )
    parser.add_argument("--stack", default="dev", help="name of the stack (default: dev)")
    parser.add_argument("--file", type=Path, help="its stack file (default: Pulumi.<stack>.yaml)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument(
        "--wait",
        type=_seconds,
        default=_DEFAULT_WAIT_SECONDS,
        metavar="SECONDS",
        help="how long rows get that can become true a little later (default: %(default)g)",
    )
    return parser


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds, 0 or more")
    return value


if __name__ == "__main__":
    sys.exit(main())

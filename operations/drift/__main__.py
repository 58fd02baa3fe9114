"""`python -m operations.drift`: the command line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from operations.drift.report import print_diff, to_json
from operations.drift.run import drift


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and compare. Returns the exit status."""
    options = _parser().parse_args(arguments)
    report = drift(options.stack, options.file)
    if options.json:
        print(to_json(report))
    elif report.error is None:
        print_diff(report, Console())
    if report.error is not None:
        print(report.error, file=sys.stderr)
    return report.exit_status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m operations.drift",
        description="Show what differs between the program and the running stack. Changes nothing.",
        epilog="Exit status: 0 nothing differs, 1 something does or was not compared, 2 nothing could be compared.",
    )
    parser.add_argument("--stack", default="dev", help="name of the stack (default: dev)")
    parser.add_argument("--file", type=Path, help="its stack file (default: Pulumi.<stack>.yaml)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a diff")
    return parser


if __name__ == "__main__":
    sys.exit(main())

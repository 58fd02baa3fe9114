"""`python -m operations.verify`: the command line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from operations.verify.command import DEFAULT_WAIT_SECONDS, verify_stack


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and verify. Returns the exit status."""
    options = _parser().parse_args(arguments)
    return verify_stack(options.stack, options.file, as_json=options.json, wait=options.wait)


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
        default=DEFAULT_WAIT_SECONDS,
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

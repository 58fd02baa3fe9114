"""`python -m operations.drill`: the command line."""

from __future__ import annotations

import argparse
import re
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from rich.console import Console

from operations.drill.command import chosen, drill_stack, soak_stack, tell
from operations.drill.report import print_drills
from runtimes.console import Failure
from settings.types import DURATION_PATTERN, seconds


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and run drills. Returns the exit status."""
    options = _parser().parse_args(arguments)
    # As Ctrl-C, so that a stopped job repairs what it broke.
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        if options.list:
            print_drills(chosen(options.names, short=options.short, long=True, incidents=options.incidents), Console())
            return 0
        if options.soak and options.names:
            raise Failure("--soak breaks nothing: name no drills with it.")
        if options.soak:
            return soak_stack(options.stack, options.file, seconds(options.soak))
        drills = chosen(options.names, short=options.short, long=options.long, incidents=options.incidents)
        return drill_stack(options.stack, options.file, [drill.waited_for(options.patience) for drill in drills])
    except Failure as failure:
        return tell(failure)
    except KeyboardInterrupt:
        print("Stopped; what was broken is repaired.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m operations.drill",
        description="Cause faults on a running demo stack and see who is told, how fast and how often.",
        epilog="Exit status: 0 all drills passed, 1 one failed, 2 none could be run.",
    )
    parser.add_argument("names", nargs="*", help="drills to run (default: all that take less than half an hour)")
    parser.add_argument("--stack", default="dev", help="name of the stack (default: dev)")
    parser.add_argument("--file", type=Path, help="its stack file (default: Pulumi.<stack>.yaml)")
    parser.add_argument("--list", action="store_true", help="show the drills and run none")
    parser.add_argument(
        "--patience", type=_patience, default=1, help="how many times as long messages may take (default: 1)"
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--short", action="store_true", help="the ten that run in CI, in under ten minutes")
    which.add_argument("--incidents", action="store_true", help="incidents, counted under plain rules too")
    which.add_argument("--long", action="store_true", help="also those whose alerts wait longest")
    which.add_argument(
        "--soak", type=_duration, metavar="30m", help="break nothing, and see that nobody is told anything"
    )
    return parser


def _patience(text: str) -> float:
    try:
        patience = float(text)
    except ValueError:
        patience = 0
    if not 1 <= patience <= 100:
        raise argparse.ArgumentTypeError(f"{text!r} is no patience: a number from 1 to 100, such as 2.5")
    return patience


def _duration(text: str) -> str:
    if not re.fullmatch(DURATION_PATTERN, text):
        raise argparse.ArgumentTypeError(f"{text!r} is no duration: a number and s, m or h, such as 30m")
    return text


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())

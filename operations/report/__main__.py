"""`python -m operations.report --stack NAME`: what `make report` runs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from operations.oncall.running import running
from operations.report.incidents import history_of
from operations.report.measured import measured
from operations.report.month import month_of
from operations.report.page import page
from operations.report.sheets import sheets
from operations.report.written import Content, parts
from operations.target import ROOT
from operations.verify.live import Live
from runtimes.console import Failure, step
from runtimes.files import replace_file
from runtimes.health import CouldNotRunError, NoAnswerError


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and write the report.

    Returns:
        0 when it is written, 2 when it could not be.
    """
    options = _parser().parse_args(arguments)
    try:
        with running(options.stack, options.file) as live:
            for path in written(live, options.month, options.folder):
                print(path)
    except (CouldNotRunError, Failure, NoAnswerError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def written(live: Live, month: str | None, folder: Path) -> list[Path]:
    """Write the report of a month, and say which files it is.

    Args:
        live: the stack.
        month: such as 2026-11; None: the one that goes on.
        folder: of all reports; each stack and month has its own below.

    Raises:
        Failure: when there is no such month.
        NoAnswerError: when something that knows about the month does not answer.
    """
    now = live.now()
    meant = month_of(month, live.declared.settings.alerting.timezone, now)
    step(f"Asking Prometheus about {meant.title}")
    services = [*measured(live, meant)]
    step("Reading the history of alerts")
    content = Content(live.declared.stack, meant, services, history_of(live, meant), now)
    said = [*parts(content)]
    texts = {
        "report.md": "\n".join(part.text for part in said),
        "report.html": page(f"{meant.title}: {content.stack}", said),
        **sheets(content),
    }
    place = folder / content.stack / meant.name
    place.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        replace_file(place / name, text)
    return [place / name for name in texts]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m operations.report",
        description="Write a month of a running stack as Markdown, HTML and CSV.",
        epilog="Exit status: 0 written, 2 nothing was written.",
    )
    parser.add_argument("--stack", default="dev", help="name of the stack (default: dev)")
    parser.add_argument("--file", type=Path, help="its stack file (default: Pulumi.<stack>.yaml)")
    parser.add_argument("--month", help="such as 2026-11 (default: the one that goes on)")
    parser.add_argument("--folder", type=Path, default=ROOT / "reports", help="of all reports (default: reports)")
    return parser


if __name__ == "__main__":
    sys.exit(main())

"""`python -m operations.dashboards --stack NAME`: what `make dashboards` runs."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from components.grafana_sources import datasources
from components.stores import stores_of
from components.stores.panel import Window
from dashboards import dashboards_of
from operations.dashboards.pictures import THEMES, take_pictures
from operations.dashboards.recording import Recorder, Recording, read_recording
from operations.dashboards.revision import dashboards_of_revision
from operations.dashboards.write import Drawing, write_pages
from operations.queries.asking import Asking
from operations.queries.sources import Sources
from operations.target import ROOT, LoadedTarget, load_target
from runtimes import runtime_kind
from runtimes.console import Failure, counted, note, step
from runtimes.health import CouldNotRunError, NoAnswerError
from settings.errors import ConfigurationError

_HOUR = 3600.0
_STEP = 15.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and write the pages.

    Returns:
        0 when they are written, 1 when a query was refused, 2 when nothing could be written.
    """
    options = _parser().parse_args(arguments)
    try:
        problems = _write(options)
    except (ConfigurationError, CouldNotRunError, Failure, NoAnswerError) as error:
        print(error, file=sys.stderr)
        return 2
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def _write(options: argparse.Namespace) -> tuple[str, ...]:
    target = load_target(options.stack, options.file).as_deployed()
    program = target.program
    stores = stores_of(program.settings)
    asking, window = _asked(target, options.recorded)
    recorder = Recorder(asking)
    now = dashboards_of(program.plan, stores)
    before = None if options.compare is None else dashboards_of_revision(options.compare, target.stack, target.file)
    step(f"Drawing {counted(len(now), 'dashboard')} of stack {target.stack}")
    drawing = Drawing(target.stack, now, datasources(program.settings, stores), recorder, window, options.theme)
    folder = options.folder / target.stack
    pages, problems = write_pages(drawing, folder, before, options.compare or "")
    if options.record is not None:
        Recording(window, recorder.answers).write(options.record)
        note(f"{counted(len(recorder.answers), 'answer')} recorded in {options.record}")
    if options.pictures:
        step("Taking pictures")
        pages += take_pictures(pages, [options.theme] if options.theme else THEMES)
    for path in pages:
        print(path)
    _tell_changes(before, now)
    return problems


def _asked(target: LoadedTarget, recorded: Path | None) -> tuple[Asking, Window]:
    """Whom to ask, and about which time: the last hour, or the one that was recorded."""
    if recorded is not None:
        recording = read_recording(recorded)
        return recording, recording.window
    program = target.program
    health = runtime_kind(program.settings.runtime).health(program)
    health.require_up(workload.name for workload in program.workloads)
    # On a multiple of the step, as Grafana asks.
    end = time.time() // _STEP * _STEP
    return Sources(program.settings, health), Window(end - _HOUR, end, _STEP)


def _tell_changes(before: Mapping[str, Any] | None, now: Mapping[str, Any]) -> None:
    if before is None:
        return
    changed = sorted(uid for uid in before.keys() & now.keys() if before[uid] != now[uid])
    for what, uids in (
        ("changed", changed),
        ("new", sorted(now.keys() - before.keys())),
        ("gone", sorted(before.keys() - now.keys())),
    ):
        note(f"{what}: {', '.join(uids) or 'none'}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m operations.dashboards",
        description="Draw the dashboards of a stack as pages that need nothing but themselves: no Grafana, no network.",
        epilog="Exit status: 0 written, 1 written but a query was refused, 2 nothing was written.",
    )
    parser.add_argument("--stack", default="dev", help="name of the stack (default: dev)")
    parser.add_argument("--file", type=Path, help="its stack file (default: Pulumi.<stack>.yaml)")
    parser.add_argument(
        "--folder",
        type=Path,
        default=ROOT / "dashboards-out",
        help="where pages go, each stack in a folder of its own (default: dashboards-out)",
    )
    parser.add_argument("--record", type=Path, metavar="DIRECTORY", help="keep the answers there")
    parser.add_argument(
        "--recorded", type=Path, metavar="DIRECTORY", help="draw the answers that are kept there, and ask nobody"
    )
    parser.add_argument(
        "--compare", metavar="REVISION", help="draw what changed since a git revision: before and after, same data"
    )
    parser.add_argument("--theme", choices=THEMES, help="of the pages (default: the reader's own; pictures have both)")
    parser.add_argument("--pictures", action="store_true", help="take a picture of each page with a Chromium")
    return parser


if __name__ == "__main__":
    sys.exit(main())

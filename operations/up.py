"""`make up`: everything from a bare machine to a verified stack. Each step can fail; a re-run goes on from there."""

from __future__ import annotations

import sys
import time
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from itertools import zip_longest
from pathlib import Path

from alerting.routing import tells_nobody
from components.endpoints import ALERTMANAGER, GRAFANA, PROMETHEUS
from components.links import dashboards_at
from components.stores import stores_of
from operations.engine import find_engine
from operations.target import load_target
from runtimes import runtime_kind
from runtimes.console import counted, note, step
from runtimes.operations import Target
from settings.errors import listed
from workloads.program import Program


def up(stack: str, file: Path | None = None) -> Target:
    """Bring a stack up and wait until it is healthy.

    Raises:
        ConfigurationError: naming every mistake in the stack file; nothing was touched then.
        Failure: one sentence that says what to do.
    """
    step(f"Checking the settings of stack {stack}")
    return bring_up(load_target(stack, file, now=datetime.now(UTC), asking=sys.stdin.isatty()))


def bring_up(target: Target, rotated: Collection[str] = ()) -> Target:
    """Make the stack what its settings say, and wait until it is healthy.

    Args:
        rotated: names of generated passwords that are made anew.

    Raises:
        Failure: one sentence that says what to do.
    """
    started = time.monotonic()
    settings = target.program.settings
    note(f"{counted(len(settings.services), 'service')}, {counted(len(target.program.workloads), 'workload')}")
    deployed, changed = runtime_kind(settings.runtime).operations.up(target, find_engine, rotated)
    for remark in deployed.program.remarks:
        note(str(remark))
    for line in stores_of(deployed.program.settings).told:
        note(line)
    if tells_nobody(deployed.program.plan):
        note("nobody is told about alerts: add receivers and alerting.default to the stack file")
    for line in _unreachable(deployed.program):
        note(line)
    if changed:
        step(f"Stack {target.stack} is up after {time.monotonic() - started:.0f} s")
    else:
        step(f"Nothing to change: stack {target.stack} runs as its settings say")
    return deployed


def _unreachable(program: Program) -> Iterator[str]:
    """What to set so that people who get messages can follow the links in them."""
    settings = program.settings
    dashboards = dashboards_at(settings, {workload.name for workload in program.workloads}) or GRAFANA
    said = {
        f"{endpoint.workload}.url": getattr(settings, endpoint.workload).url
        for endpoint in (dashboards, PROMETHEUS, ALERTMANAGER)
    }
    said["links.runbooks"] = settings.links.runbooks
    missing = [key for key, url in said.items() if url is None]
    if settings.receivers and missing:
        yield (
            "links in messages lead to addresses that only this machine or the cluster reaches: set"
            f" {listed(missing)} to what lies in front of them"
        )


def tell_addresses(target: Target) -> None:
    """Print the URLs and where the passwords are, never the passwords."""
    passwords = runtime_kind(target.program.settings.runtime).operations.passwords(target)
    addresses = sorted({**target.program.urls, **target.program.place.senders}.items())
    for title, text in (*addresses, *zip_longest(["passwords"], passwords, fillvalue="")):
        print(f"{title:<14} {text}")

"""The running stack that a command on call asks, and who gives the command."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from operations.verify.declared import read_declared
from operations.verify.live import Live
from runtimes import runtime_kind
from runtimes.health import loopback_client


@contextmanager
def running(stack: str, file: Path | None) -> Iterator[Live]:
    """The stack, as far as it can be asked.

    Raises:
        CouldNotRunError: when its file has mistakes, or nothing of it runs.
    """
    declared = read_declared(stack, file)
    health = runtime_kind(declared.settings.runtime).health(declared.program)
    health.require_up(workload.name for workload in declared.program.workloads)
    with loopback_client() as http:
        yield Live(declared, health, http)


def whoami() -> str:
    """The user's name; in a container whose user has none, the number."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"

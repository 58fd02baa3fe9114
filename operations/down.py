"""`make down` stops a stack and keeps its data; `make destroy` leaves nothing behind."""

from __future__ import annotations

import shutil
from pathlib import Path

from operations.engine import find_engine, has_state
from operations.target import load_target
from runtimes import runtime_kind
from runtimes.console import Failure, note, step


def down(stack: str, file: Path | None = None) -> None:
    """Stop every program of the stack; its data and settings stay, and `make up` starts it again.

    Raises:
        Failure: when its runtime cannot stop and keep.
    """
    target = load_target(stack, file)
    runtime_kind(target.program.settings.runtime).operations.down(target)


def destroy(stack: str, file: Path | None = None) -> None:
    """Remove the stack's programs, data, secrets and state.

    Raises:
        Failure: when its data is protected, before anything is touched; or when something could not be removed.
    """
    wanted = load_target(stack, file)
    target = wanted.as_deployed()
    if target.program.settings.protect_data:
        raise Failure(
            f"Stack {stack} protects its data (protect_data), and nothing was touched. To remove it for good, set"
            f" monitoring:protect_data to false in {wanted.file.name}, run `make up STACK={stack}`, then this again."
        )
    runtime = runtime_kind(target.program.settings.runtime).operations
    step(f"Destroying stack {stack} and its data")
    if not runtime.destroy(target) and has_state(target):
        engine, why = find_engine(target)
        if engine is None:
            raise Failure(f"Only Pulumi knows what stack {stack} has, but {why}: install it and run the command again.")
        engine.destroy(target)
    runtime.remove_leftovers(target)
    shutil.rmtree(target.directory, ignore_errors=True)
    note("nothing is left: no program, network, volume, secret or state")

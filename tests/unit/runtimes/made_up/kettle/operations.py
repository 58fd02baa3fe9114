"""Up and down: a file in the stack's folder says which pots boil."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator

from runtimes.operations import FindEngine, Target, tell_left_out

from .stove import plates

_STOVE = "stove.yaml"
BOILING = "boiling.json"


def up(target: Target, find_engine: FindEngine, rotated: Collection[str] = ()) -> tuple[Target, bool]:
    """Put every pot on and boil it; without an engine, from the rendered tree."""
    tell_left_out(target.program)
    target.keep_settings()
    engine, _ = find_engine(target)
    if engine is not None:
        return target, engine.up(target, ())
    deployed = target.with_file_content()
    text = plates(deployed.captured())[_STOVE]
    boiling = target.directory / BOILING
    changed = not boiling.exists() or (target.directory / _STOVE).read_text(encoding="utf-8") != text
    (target.directory / _STOVE).write_text(text, encoding="utf-8")
    boiling.write_text(json.dumps([workload.name for workload in deployed.program.workloads]), encoding="utf-8")
    return deployed, changed


def recipes() -> Collection[str]:
    """A kettle needs no more."""
    return ()


def prepare(target: Target) -> None:
    """Make the folder."""
    target.directory.mkdir(parents=True, exist_ok=True)


def down(target: Target) -> None:
    """Turn every plate off."""
    (target.directory / BOILING).unlink(missing_ok=True)


def destroy(target: Target) -> bool:
    """Take the pots away."""
    (target.directory / BOILING).unlink(missing_ok=True)
    return (target.directory / _STOVE).exists()


def remove_leftovers(target: Target) -> None:
    """Wipe the stove."""
    (target.directory / _STOVE).unlink(missing_ok=True)


def passwords(target: Target) -> Iterator[str]:
    """Where they are."""
    yield "on a note under the kettle"
    yield "and under the sugar"

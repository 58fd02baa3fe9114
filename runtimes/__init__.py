"""Where workloads run, one folder for each runtime: its name is what `monitoring:runtime` says.

A folder's `settings.py` has its `SECTION` of the stack file and, where there are mistakes that only this runtime knows
of, their `check`; its `kind.py` has the rest as `KIND`. Every stack file can have every section; the rest, with its
provider's SDK, is loaded for the one runtime that a stack runs on.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Iterator

from runtimes.kind import RuntimeKind
from settings.checks.checked import Checked, SettingsCheck
from settings.errors import Mistake
from settings.runtime import RuntimeSettings


@functools.cache
def sections() -> tuple[tuple[str, type[RuntimeSettings]], ...]:
    """Every runtime there is: its name, and the model of its section of the stack file."""
    names = sorted(found.name for found in pkgutil.iter_modules(__path__) if found.ispkg)
    return tuple((name, importlib.import_module(f"{__name__}.{name}.settings").SECTION) for name in names)


def runtime_check(name: str) -> SettingsCheck:
    """The check of stack files that name a runtime.

    Args:
        name: one of `sections`.
    """
    settings = importlib.import_module(f"{__name__}.{name}.settings")
    found: SettingsCheck = getattr(settings, "check", _nothing_to_check)
    return found


def _nothing_to_check(_checked: Checked) -> Iterator[Mistake]:
    yield from ()


@functools.cache
def runtime_kind(name: str) -> RuntimeKind:
    """Everything else of a runtime.

    Args:
        name: one of `sections`.
    """
    kind: RuntimeKind = importlib.import_module(f"{__name__}.{name}.kind").KIND
    return kind

"""Where workloads run, one folder for each kind of runtime. A folder with a `RUNTIME` is a runtime."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from types import MappingProxyType

from runtimes.kind import RuntimeKind
from settings.runtime import RuntimeSettings


@functools.cache
def runtimes() -> MappingProxyType[str, RuntimeKind]:
    """Every kind of runtime by name, found by importing the folders of this package."""
    folders = (
        importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__) if found.ispkg
    )
    kinds = (getattr(folder, "RUNTIME", None) for folder in folders)
    return MappingProxyType({kind.name: kind for kind in kinds if isinstance(kind, RuntimeKind)})


def sections() -> tuple[tuple[str, type[RuntimeSettings]], ...]:
    """The settings section of every runtime, with its name."""
    return tuple((name, kind.settings) for name, kind in runtimes().items())

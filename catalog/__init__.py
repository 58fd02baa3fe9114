"""Kinds of services, one file each. A module here with a `KIND` is a kind: nothing else registers it."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from types import MappingProxyType

from catalog.kind import Kind


@functools.cache
def kinds() -> MappingProxyType[str, Kind]:
    """Every kind by name, found by importing this package's modules."""
    modules = (importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__))
    found = (getattr(module, "KIND", None) for module in modules)
    return MappingProxyType({kind.name: kind for kind in found if isinstance(kind, Kind)})

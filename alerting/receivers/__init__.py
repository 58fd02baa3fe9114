"""Kinds of receivers, one file each. A module here with a `RECEIVER` is a kind: nothing else registers it."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from types import MappingProxyType

from alerting.receivers.receiver import ReceiverKind


@functools.cache
def receiver_kinds() -> MappingProxyType[str, ReceiverKind]:
    """Every kind by name, found by importing this package's modules."""
    modules = (importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__))
    found = (getattr(module, "RECEIVER", None) for module in modules)
    return MappingProxyType({kind.name: kind for kind in found if isinstance(kind, ReceiverKind)})

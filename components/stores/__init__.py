"""Stores of logs and traces, one file each. A module here with a `STORE` is a store: nothing else registers it."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Iterable
from types import MappingProxyType
from typing import TypeVar

from components.stores.store import LogStore, Store, Stores, TraceStore
from settings.model import StackSettings
from settings.store import chosen_store
from settings.types import ImageSource

_Kind = TypeVar("_Kind", bound=Store)


@functools.cache
def all_stores() -> MappingProxyType[str, Store]:
    """Every store by name, found by importing this package's modules."""
    modules = (importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__))
    found = (getattr(module, "STORE", None) for module in modules)
    return MappingProxyType({store.name: store for store in found if isinstance(store, Store)})


def log_stores() -> tuple[LogStore, ...]:
    """What `logs.store` may name."""
    return tuple(store for store in all_stores().values() if isinstance(store, LogStore))


def trace_stores() -> tuple[TraceStore, ...]:
    """What `traces.store` may name."""
    return tuple(store for store in all_stores().values() if isinstance(store, TraceStore))


def stores_of(settings: StackSettings) -> Stores:
    """The stores that a stack has: those it names, or those that its image source is made for."""
    source = settings.images.source
    return Stores(
        logs=_chosen(settings.logs.store, source, log_stores()),
        traces=_chosen(settings.traces.store, source, trace_stores()),
    )


def _chosen(said: str | None, source: ImageSource, stores: Iterable[_Kind]) -> _Kind:
    by_name = {store.name: store for store in stores}
    return by_name[chosen_store(said, source, (store.known for store in by_name.values())).name]

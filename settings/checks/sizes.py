"""Sizes that are too small: of a share of them nothing would be left, and none at all means no limit to a program."""

from __future__ import annotations

from collections.abc import Iterator

from settings.checks.checked import Checked
from settings.errors import Mistake, shown
from settings.store import chosen_store
from settings.types import Size, mebibytes

# A segment of its write-ahead log alone is 128 MiB, and must fit beside the blocks.
_SMALLEST_PROMETHEUS = "1Gi"
# Four stacks of the size of the demo took 113 to 119 MiB; compaction needs as much again.
_SMALLEST_MEMORY = "256Mi"


def check(checked: Checked) -> Iterator[Mistake]:
    """Yield every size that is less than a program needs."""
    settings, known = checked.settings, checked.known
    if settings is None:
        return
    yield from _smaller("prometheus.storage", settings.prometheus.storage, _SMALLEST_PROMETHEUS, "prometheus")
    yield from _smaller("prometheus.memory", settings.prometheus.memory, _SMALLEST_MEMORY, "prometheus")
    signals = (("logs", settings.logs, known.log_stores), ("traces", settings.traces, known.trace_stores))
    for section, said, stores in signals:
        store = chosen_store(said.store, settings.images.source, stores)
        yield from _smaller(f"{section}.storage", said.storage, store.smallest_storage, store.name)
        yield from _smaller(f"{section}.memory", said.memory, store.smallest_memory, store.name)


def _smaller(path: str, said: Size, smallest: Size, who: str) -> Iterator[Mistake]:
    if mebibytes(said) < mebibytes(smallest):
        yield Mistake(path, shown(said), f"a size from {smallest} up", f"{who} needs as much.")

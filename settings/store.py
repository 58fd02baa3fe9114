"""What the settings know of a store of logs or traces; its file below `components/stores/` says the rest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from settings.types import Duration, ImageSource, Size


@dataclass(frozen=True)
class KnownStore:
    """A store that `logs.store` or `traces.store` may name.

    Attributes:
        default_with: the image source whose stacks have it unless they say otherwise; None: only by choice.
        shortest_retention: the least that it can keep.
        smallest_storage: the least that its volumes can have together.
        smallest_memory: the least that its programs can have together.
    """

    name: str
    default_with: ImageSource | None
    shortest_retention: Duration
    smallest_storage: Size
    smallest_memory: Size


def chosen_store(said: str | None, source: ImageSource, stores: Iterable[KnownStore]) -> KnownStore:
    """The store that a stack has.

    Args:
        said: what the stack file says, None when it leaves the choice to the image source.
        source: where the stack takes its images.
        stores: those there are.

    Raises:
        LookupError: when there is none of that name, or no default.
    """
    for store in stores:
        if store.name == said or (said is None and store.default_with == source):
            return store
    raise LookupError(f"no store {said or f'is the default with images.source {source}'}")

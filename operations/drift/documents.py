"""Two documents, compared by their structure: what differs, and where."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runtimes.console import quoted
from runtimes.drift import said_otherwise

# What programs write in place of a secret.
_HIDDEN = "<secret>"
# What tells the items of a list apart, the first that all of them have.
_NAMES = ("uid", "job_name", "name", "id", "title", "refId")


@dataclass(frozen=True)
class Spot:
    """Where two documents differ.

    Attributes:
        path: such as `scrape_configs[memory-api].scrape_interval`.
        wanted: what the program's has there; None: nothing.
        found: what the other has.
    """

    path: str
    wanted: Any
    found: Any


def differing(wanted: Any, found: Any, *, filled_in: bool = False, path: str = "") -> Iterator[Spot]:
    """Every place where `found` is not what `wanted` says.

    Args:
        wanted: the program's document.
        found: the one that there is.
        filled_in: `found` has its defaults written out and its secrets hidden: further keys of a mapping are no
            difference then. Further items of a list always are.
        path: where both stand.
    """
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        further = () if filled_in else [key for key in found if key not in wanted]
        for key in [*wanted, *further]:
            below = f"{path}.{key}" if path else str(key)
            yield from differing(wanted.get(key), found.get(key), filled_in=filled_in, path=below)
    elif isinstance(wanted, list) and isinstance(found, list) and (wanted or found):
        ours, theirs = _by_name(wanted, found)
        for name in [*ours, *(name for name in theirs if name not in ours)]:
            below = f"{path}[{_title(ours.get(name, theirs.get(name)), name)}]"
            yield from differing(ours.get(name), theirs.get(name), filled_in=filled_in, path=below)
    elif wanted != found and not (filled_in and (found == _HIDDEN or _is_empty(wanted, found))):
        yield Spot(path, wanted, found)


def lines(places: Iterable[Spot]) -> tuple[str, ...]:
    """What a reader is shown of them."""
    return tuple(
        line for place in places for line in said_otherwise(place.path, _short(place.wanted), _short(place.found))
    )


def _short(value: Any) -> object:
    return quoted(json.dumps(value, ensure_ascii=False)) if isinstance(value, Mapping | list) and value else value


def _title(item: Any, name: object) -> object:
    """What people call an item that is told apart by a number."""
    return item.get("title", name) if isinstance(item, Mapping) and isinstance(name, int) else name


def _is_empty(wanted: Any, found: Any) -> bool:
    """A program that prints its configuration leaves out what is empty."""
    return found is None and wanted in ([], {}, "", False)


def _by_name(wanted: Sequence[Any], found: Sequence[Any]) -> tuple[dict[object, Any], dict[object, Any]]:
    """The items of two lists by what tells them apart in both, or by their positions."""
    for name in _NAMES:
        both = [{item.get(name): item for item in items if isinstance(item, Mapping)} for items in (wanted, found)]
        if all(
            len(named) == len(items) and None not in named for named, items in zip(both, (wanted, found), strict=True)
        ):
            return both[0], both[1]
    return dict(enumerate(wanted)), dict(enumerate(found))

"""A stack file's values laid over those of the file that it extends, each with the place where it stands.

Mappings are merged key by key, services by their names; any other list is the upper file's as a whole. `null` in the
upper file takes away what the lower one says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from settings.errors import joined

SERVICES = "services"


@dataclass(frozen=True)
class Location:
    """Where something stands.

    Attributes:
        path: in its file: `services[2].target`.
        line: of its file; None where nobody knows it.
        file: the file's name; empty for the stack file itself.
    """

    path: str
    line: int | None = None
    file: str = ""

    @property
    def named(self) -> str:
        """As a sentence names it that speaks of something else."""
        return f"{self.path} of {self.file}" if self.file else self.path


@dataclass(frozen=True)
class Layer:
    """What one file says.

    Attributes:
        values: plain values by key.
        places: where they stand, by their place in `values`; those that are missing stand there, in a line unknown.
    """

    values: Mapping[str, object]
    places: Mapping[str, Location] = field(default_factory=dict)

    def place(self, path: str) -> Location:
        """Where the value at this path stands."""
        return self.places.get(path) or Location(path)


def laid_over(upper: Layer, lower: Layer, without: Collection[object] = ()) -> Layer:
    """Both as one.

    Args:
        upper: what wins.
        lower: what it changes.
        without: names of services of the lower one that are left out.
    """
    merging = _Merging(upper, lower, without)
    # A file that only leaves services out lists none.
    values = {SERVICES: [], **upper.values} if without else upper.values
    return Layer(merging.mapping(values, lower.values, "", "", ""), merging.places)


def location(path: str, places: Mapping[str, Location]) -> Location:
    """Where a path of the merged values stands: that of the nearest around it, where it is missing itself."""
    around = path
    while around and around not in places:
        around = around[: max(around.rfind("."), around.rfind("["), 0)]
    found = places.get(around)
    return Location(f"{found.path}{path[len(around) :]}", found.line, found.file) if found else Location(path)


def service_names(values: Mapping[str, object]) -> Iterator[str]:
    """Names of the services that the values list."""
    return (name for entry in _list(values.get(SERVICES)) if (name := _name(entry)) is not None)


@dataclass(frozen=True)
class _Merging:
    upper: Layer
    lower: Layer
    without: Collection[object]
    places: dict[str, Location] = field(default_factory=dict)

    def mapping(
        self, upper: Mapping[str, object], lower: Mapping[str, object], path: str, up: str, low: str
    ) -> dict[str, object]:
        """Args: path: of the result; up, low: of what it is made of, each in its layer."""
        merged: dict[str, object] = {}
        for key in (*lower, *(key for key in upper if key not in lower)):
            paths = joined(path, key), joined(up, key), joined(low, key)
            if key not in upper:
                merged[key] = self._take(lower[key], paths[0], self.lower, paths[2])
            elif key not in lower:
                merged[key] = self._take(upper[key], paths[0], self.upper, paths[1])
            elif upper[key] is not None:
                merged[key] = self._both(upper[key], lower[key], *paths)
        return merged

    def _both(self, upper: object, lower: object, path: str, up: str, low: str) -> object:
        self.places[path] = self.upper.place(up)
        if isinstance(upper, dict) and isinstance(lower, dict):
            return self.mapping(upper, lower, path, up, low)
        if path == SERVICES and isinstance(upper, list) and isinstance(lower, list):
            return self._services(upper, lower)
        return self._take(upper, path, self.upper, up)

    def _services(self, upper: list[object], lower: list[object]) -> list[object]:
        """Those of the lower layer in their order, then what is new."""
        changes: dict[str, int] = {}
        for index, entry in enumerate(upper):
            if (name := _name(entry)) is not None:
                # Of two of one name the second changes nothing: it stays, and is refused as such.
                changes.setdefault(name, index)
        merged: list[object] = []
        used: set[int] = set()
        for index, entry in enumerate(lower):
            name, path, low = _name(entry), joined(SERVICES, len(merged)), joined(SERVICES, index)
            if name is not None and name in self.without:
                continue
            changing = None if name is None else changes.pop(name, None)
            if changing is None:
                merged.append(self._take(entry, path, self.lower, low))
            else:
                used.add(changing)
                merged.append(self._both(upper[changing], entry, path, joined(SERVICES, changing), low))
        for index, entry in enumerate(upper):
            if index not in used:
                path = joined(SERVICES, len(merged))
                merged.append(self._take(entry, path, self.upper, joined(SERVICES, index)))
        return merged

    def _take(self, value: object, path: str, layer: Layer, place: str) -> Any:
        self.places[path] = layer.place(place)
        if isinstance(value, dict):
            return {
                key: self._take(inner, joined(path, key), layer, joined(place, key)) for key, inner in value.items()
            }
        if isinstance(value, list):
            return [
                self._take(inner, joined(path, index), layer, joined(place, index)) for index, inner in enumerate(value)
            ]
        return value


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _name(entry: object) -> str | None:
    name = entry.get("name") if isinstance(entry, dict) else None
    return name if isinstance(name, str) else None

"""What is left of a section without what is wrong in it, so that the rest can be checked in the same run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic_core import ErrorDetails

from settings.section import MISTAKE

_GONE = object()


def without(
    value: Mapping[str, object], details: Iterable[ErrorDetails], stand_ins: Mapping[str, object]
) -> Mapping[str, object] | None:
    """A copy without the places that errors name; None where it cannot do without them.

    Where a key is missing, what it is missing in is left out.

    Args:
        value: a section.
        details: what is wrong in it.
        stand_ins: what takes the place of keys of the section itself that it cannot do without.
    """
    places = {_place(detail) for detail in details}
    replaced = {str(place[0]) for place in places if place[:1] and place[0] in stand_ins}
    places -= {(key,) for key in replaced}
    if () in places or any(_at(value, place) is _GONE for place in places):
        return None
    left: Mapping[str, object] = {**_copy(value, (), places), **{key: stand_ins[key] for key in replaced}}
    return left


def _place(detail: ErrorDetails) -> tuple[int | str, ...]:
    steps = tuple(step for step in detail["loc"] if step != "[key]")
    if detail["type"] == "missing" and len(steps) > 1:
        return steps[:-1]
    field = detail["ctx"]["field"] if detail["type"] == MISTAKE else ""
    return (*steps, field) if field else steps


def _at(value: Any, place: tuple[int | str, ...]) -> Any:
    for step in place:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return _GONE
    return value


def _copy(value: Any, place: tuple[int | str, ...], gone: set[tuple[int | str, ...]]) -> Any:
    if isinstance(value, Mapping):
        kept = {key: inner for key, inner in value.items() if (*place, key) not in gone}
        return {key: _copy(inner, (*place, key), gone) for key, inner in kept.items()}
    if isinstance(value, list):
        return [_copy(inner, (*place, index), gone) for index, inner in enumerate(value) if (*place, index) not in gone]
    return value

"""Values that no program could read, wherever they stand and wherever they come from: a stack file or the engine."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from settings.errors import Mistake, joined, shown
from settings.yamltext import DEEPEST

# What programs in Go, and Pulumi's engine, have for a whole number.
_LARGEST = 2**63 - 1
_BREAKS = "\n\t"


def plain(value: object, path: str, mistakes: list[Mistake]) -> object:
    """The value, where something cannot be read with something harmless in its place.

    Args:
        value: plain, as YAML or JSON has it.
        path: its place.
        mistakes: gets one for each such thing: numbers without end, characters that are none.
    """
    return _plain(value, path, mistakes, DEEPEST)


def _plain(value: object, path: str, mistakes: list[Mistake], levels: int) -> object:
    if isinstance(value, str):
        return _text(value, path, mistakes)
    if isinstance(value, float) and not math.isfinite(value):
        mistakes.append(Mistake(path, shown(value), "a finite number"))
        return 0
    if isinstance(value, int) and abs(value) > _LARGEST:
        mistakes.append(Mistake(path, shown(value), f"a number up to {_LARGEST}"))
        return 0
    if isinstance(value, (Mapping, Sequence)) and levels == 0:
        mistakes.append(Mistake(path, f"more than {DEEPEST} levels", f"{DEEPEST} levels at most"))
        return None
    if isinstance(value, Mapping):
        return {
            _text(str(key), path, mistakes): _plain(inner, joined(path, str(key)), mistakes, levels - 1)
            for key, inner in value.items()
        }
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [_plain(inner, joined(path, index), mistakes, levels - 1) for index, inner in enumerate(value)]
    return value


def _text(text: str, path: str, mistakes: list[Mistake]) -> str:
    if text.isprintable():
        return text
    kept = "".join(char for char in text if not _is_control(char))
    if kept != text:
        found = f"{shown(text)}, with a character that cannot be seen"
        mistakes.append(Mistake(path, found, "text of characters, blanks and line ends"))
    return kept


def _is_control(char: str) -> bool:
    """Whether it is a control character, or half of a pair of UTF-16 that stands alone."""
    return char not in _BREAKS and (char < " " or "\x7f" <= char <= "\x9f" or "\ud800" <= char <= "\udfff")

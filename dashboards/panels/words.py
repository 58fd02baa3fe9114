"""Words and colours in place of values."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dashboards.sdk import models

_NONE: Mapping[str, str] = MappingProxyType({})


def words(texts: Mapping[str, str], colours: Mapping[str, str] = _NONE) -> models.ValueMap:
    """What is shown in place of each value: its word, its colour, or both."""
    return models.ValueMap(
        {
            value: models.ValueMappingResult(text=texts.get(value), color=colours.get(value), index=position)
            for position, value in enumerate(dict.fromkeys([*texts, *colours]))
        }
    )


def state_words(states: Mapping[str, tuple[str, str]]) -> models.ValueMap:
    """The word and the colour of each value, as `{"0": ("Down", BAD)}`."""
    return words(
        {value: text for value, (text, _) in states.items()}, {value: colour for value, (_, colour) in states.items()}
    )

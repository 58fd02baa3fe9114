"""Which metric names a PromQL expression reads."""

from __future__ import annotations

import re
from typing import Any

from catalog.promql import selectors as parsed


def selectors(expression: str) -> list[re.Pattern[str]]:
    """What each selector's metric names must match; raises ValueError when it is no PromQL."""
    return [_names(selector) for selector, _ in parsed(expression)]


def _names(selector: Any) -> re.Pattern[str]:
    if selector.name:
        return re.compile(re.escape(selector.name))
    for matcher in selector.matchers.matchers:
        if matcher.name == "__name__":
            return re.compile(matcher.value)
    # Without a name it reads whatever a service has.
    return re.compile(".*")

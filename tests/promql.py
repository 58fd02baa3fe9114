"""Which metric names a PromQL expression reads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import promql_parser

_INNER = ("lhs", "rhs", "expr", "param", "vector_selector")


def selectors(expression: str) -> list[re.Pattern[str]]:
    """What each selector's metric names must match; raises ValueError when it is no PromQL."""
    return [_names(selector) for selector in _selectors(promql_parser.parse(expression))]


def _selectors(node: Any) -> Iterator[Any]:
    if isinstance(node, promql_parser.VectorSelector):
        yield node
        return
    inner = [getattr(node, name, None) for name in _INNER]
    arguments = getattr(node, "args", None)
    for part in [*inner, *(arguments if isinstance(arguments, list) else [])]:
        if part is not None and not isinstance(part, str):
            yield from _selectors(part)


def _names(selector: Any) -> re.Pattern[str]:
    if selector.name:
        return re.compile(re.escape(selector.name))
    for matcher in selector.matchers.matchers:
        if matcher.name == "__name__":
            return re.compile(matcher.value)
    # Without a name it reads whatever a service has.
    return re.compile(".*")

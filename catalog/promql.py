"""PromQL: texts as it quotes them, and the selectors of an expression, by Prometheus' own grammar."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

import promql_parser

_NOTHING = timedelta(0)
_INNER = ("lhs", "rhs", "expr", "param")


def quoted(text: str) -> str:
    """A text as PromQL writes it, with its quotes.

    JSON's escapes are Go's too, but for characters beyond 16 bits, which JSON writes as two halves: they stay as they
    are.
    """
    return json.dumps(text, ensure_ascii=False)


def any_of(texts: Iterable[str]) -> str:
    """A regular expression that matches each of these texts as a whole and nothing else, quoted."""
    return quoted("|".join(map(re.escape, texts)))


def selectors(expression: str) -> Iterator[tuple[promql_parser.VectorSelector, timedelta]]:
    """Every selector, with the age of the oldest sample that it reads: its windows and offsets together.

    Raises:
        ValueError: when it is no PromQL.
    """
    return _below(promql_parser.parse(expression), _NOTHING)


def _below(node: Any, outer: timedelta) -> Iterator[tuple[promql_parser.VectorSelector, timedelta]]:
    """Those of a node; `outer` is what the subqueries around it add."""
    if isinstance(node, promql_parser.VectorSelector):
        yield node, outer + (node.offset or _NOTHING)
    elif isinstance(node, promql_parser.MatrixSelector):
        yield from _below(node.vector_selector, outer + node.range)
    elif isinstance(node, promql_parser.SubqueryExpr):
        yield from _below(node.expr, outer + (node.range or _NOTHING) + (node.offset or _NOTHING))
    else:
        inner = [getattr(node, name, None) for name in _INNER]
        arguments = getattr(node, "args", None)
        for part in [*inner, *(arguments if isinstance(arguments, list) else [])]:
            if part is not None and not isinstance(part, str):
                yield from _below(part, outer)

"""PromQL by Prometheus' own grammar: the selectors of an expression, and one spelling for all that mean the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import promql_parser

_NOTHING = timedelta(0)
_INNER = ("lhs", "rhs", "expr", "param")
_TEXT = r'"(?:\\.|[^"\\])*"'
# A text stands for itself, whatever braces it holds.
_TEXT_OR_MATCHERS = re.compile(rf"{_TEXT}|\{{(?P<matchers>(?:[^{{}}\"]|{_TEXT})*)\}}")
_MATCHER = re.compile(rf"[^\s,=!~]+(?:=~|!~|!=|=){_TEXT}")


def canonical(expression: str) -> str:
    """The expression as a program would print it: Prometheus' API and a file may spell the same in different ways.

    Raises:
        ValueError: when it is no PromQL.
    """

    def in_order(found: re.Match[str]) -> str:
        matchers = found["matchers"]
        return found[0] if matchers is None else f"{{{','.join(sorted(_MATCHER.findall(matchers)))}}}"

    return _TEXT_OR_MATCHERS.sub(in_order, str(promql_parser.parse(expression)))


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

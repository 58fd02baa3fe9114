"""PromQL by Prometheus' own grammar: texts in quotes, selectors, and one spelling for all that mean the same."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import promql_parser

_NOTHING = timedelta(0)
_INNER = ("lhs", "rhs", "expr", "param")
_TEXT = r'"(?:\\.|[^"\\])*"'
# A text stands for itself, whatever braces it holds.
_TEXT_OR_MATCHERS = re.compile(rf"{_TEXT}|\{{(?P<matchers>(?:[^{{}}\"]|{_TEXT})*)\}}")
_MATCHER = re.compile(rf"[^\s,=!~]+(?:=~|!~|!=|=){_TEXT}")
# What stands in PromQL without quotes.
_METRIC = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


def canonical(expression: str) -> str:
    """The expression as a program would print it: Prometheus' API and a file may spell the same in different ways.

    Raises:
        ValueError: when it is no PromQL.
    """

    def in_order(found: re.Match[str]) -> str:
        matchers = found["matchers"]
        return found[0] if matchers is None else f"{{{','.join(sorted(_MATCHER.findall(matchers)))}}}"

    return _TEXT_OR_MATCHERS.sub(in_order, str(promql_parser.parse(expression)))


def quoted(text: str) -> str:
    """A text as PromQL writes it, with its quotes.

    JSON's escapes are Go's too, but for characters beyond 16 bits, which JSON writes as two halves: they stay as they
    are.
    """
    return json.dumps(text, ensure_ascii=False)


def series(name: str, *matchers: str) -> str:
    """A selector. A name that PromQL has no word for stands in quotes, inside of the braces.

    Args:
        name: of a metric.
        matchers: of labels, each one or several with commas between them; empty ones are left out.
    """
    plain = _METRIC.fullmatch(name) is not None
    inner = ", ".join(filter(None, matchers if plain else (quoted(name), *matchers)))
    return f"{name}{{{inner}}}" if plain else f"{{{inner}}}"


def label(name: str) -> str:
    """A label's name as it stands in a matcher or behind `by`: in quotes where PromQL has no word for it."""
    return name if _LABEL.fullmatch(name) else quoted(name)


def any_of(texts: Iterable[str]) -> str:
    """A regular expression that matches each of these texts as a whole and nothing else, quoted."""
    return quoted("|".join(map(re.escape, texts)))


def by_labels(aggregation: str, expression: str, names: Mapping[str, str]) -> str:
    """An expression aggregated by labels that are called otherwise in it.

    Args:
        aggregation: such as `sum`.
        expression: PromQL.
        names: what each label is called in the expression, by what it shall be called.
    """
    for label, own in names.items():
        expression = f'label_replace({expression}, "{label}", "$1", "{own}", "(.*)")' if label != own else expression
    return f"{aggregation} by ({', '.join(names)}) ({expression})"


def selectors(expression: str) -> Iterator[tuple[promql_parser.VectorSelector, timedelta]]:
    """Every selector, with the age of the oldest sample that it reads: its windows and offsets together.

    Raises:
        ValueError: when it is no PromQL.
    """
    return _below(promql_parser.parse(expression), _NOTHING, windows=True)


def needed_age(expression: str) -> timedelta:
    """How old a series must be for the expression to have an answer: what it is offset by, wherever that is most.

    A window does not count: one that is longer than there are samples is answered from those that there are.

    Raises:
        ValueError: when it is no PromQL.
    """
    found = _below(promql_parser.parse(expression), _NOTHING, windows=False)
    return max((age for _, age in found), default=_NOTHING)


def _below(node: Any, outer: timedelta, *, windows: bool) -> Iterator[tuple[promql_parser.VectorSelector, timedelta]]:
    """Those of a node; `outer` is what the subqueries around it add, their windows only where `windows` says so."""
    if isinstance(node, promql_parser.VectorSelector):
        yield node, outer + (node.offset or _NOTHING)
    elif isinstance(node, promql_parser.MatrixSelector):
        yield from _below(node.vector_selector, outer + (node.range if windows else _NOTHING), windows=windows)
    elif isinstance(node, promql_parser.SubqueryExpr):
        window = (node.range if windows else None) or _NOTHING
        yield from _below(node.expr, outer + window + (node.offset or _NOTHING), windows=windows)
    else:
        inner = [getattr(node, name, None) for name in _INNER]
        arguments = getattr(node, "args", None)
        for part in [*inner, *(arguments if isinstance(arguments, list) else [])]:
            if part is not None and not isinstance(part, str):
                yield from _below(part, outer, windows=windows)

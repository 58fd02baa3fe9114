"""Joins bear two series where there was one, as long as Prometheus looks back after a change of labels and a restart.

Nobody has said then that the series of before are over: each is there with the owner of before and with that of now.
A join that allows one of two fails, and its alert is silent. So what it allows one of is aggregated by its labels.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import promql_parser
import pytest

from tests.proof import asked, expressions, shipped_rules

SETS = ("and", "or", "unless")
# A join on these too is one on all that series of a service are told apart by.
IDENTITY = {"kind", "owner"}
Labels = frozenset[str] | None
"""By which labels series may differ; None: by any."""


@cache
def recordings() -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """The shipped recording rules by what they record."""
    found = defaultdict(list)
    for _, rule in shipped_rules():
        if "record" in rule:
            found[rule["record"]].append(rule)
    return found


def labels(node: Any, within: tuple[str, ...] = ()) -> Labels:
    """By which labels what a node brings may differ; `within` are the records that are being looked at."""
    match node:
        case promql_parser.NumberLiteral() | promql_parser.StringLiteral():
            return frozenset()
        case promql_parser.VectorSelector():
            return of_record(node, within)
        case promql_parser.MatrixSelector():
            return labels(node.vector_selector, within)
        case promql_parser.AggregateExpr():
            return aggregated(node, within)
        case promql_parser.BinaryExpr():
            return combined(node, within)
        case promql_parser.Call():
            found = [labels(part, within) for part in node.args if not isinstance(part, promql_parser.StringLiteral)]
            added = {node.args[1].val} if node.func.name == "label_replace" else set()
            return None if None in found else frozenset().union(*filter(None, found), added)
    return labels(node.expr, within)


def of_record(selector: Any, within: tuple[str, ...]) -> Labels:
    """Those of what rules record; what they do not record may have any."""
    rules = recordings().get(selector.name or "", ())
    if not rules:
        return None
    if selector.name in within:
        return frozenset()
    found = [labels(promql_parser.parse(rule["expr"]), (*within, selector.name)) for rule in rules]
    if None in found:
        return None
    own = {name for rule in rules for name in rule.get("labels", {})}
    pinned = {matcher.name for matcher in selector.matchers.matchers if str(matcher.op) == "MatchOp.Equal"}
    return frozenset().union(*filter(None, found), own) - pinned


def aggregated(node: Any, within: tuple[str, ...]) -> Labels:
    """Those that the aggregation keeps."""
    if str(node.op) in ("topk", "bottomk") and node.param.val != 1:
        return labels(node.expr, within)
    if node.modifier is None:
        return frozenset()
    if "By" in str(node.modifier.type):
        return frozenset(node.modifier.labels)
    inner = labels(node.expr, within)
    return None if inner is None else inner - set(node.modifier.labels)


def combined(node: Any, within: tuple[str, ...]) -> Labels:
    """Those of the result of an operator."""
    left, right = labels(node.lhs, within), labels(node.rhs, within)
    if str(node.op) == "or":
        return None if left is None or right is None else left | right
    if node.modifier is None or node.modifier.matching is None or str(node.op) in SETS:
        return right if isinstance(node.lhs, promql_parser.NumberLiteral) else left
    if "OneToOne" in str(node.modifier.card):
        return frozenset(node.modifier.matching.labels)
    many = left if "ManyToOne" in str(node.modifier.card) else right
    return None if many is None else many | set(node.modifier.group_labels or ())


def joins(node: Any) -> Iterator[Any]:
    """Every operator below a node that matches series by some of their labels and allows one of them."""
    if isinstance(node, promql_parser.BinaryExpr):
        matching = node.modifier.matching if node.modifier else None
        if matching and str(node.op) not in SETS and "Include" in str(matching.type):
            yield node
    for name in ("lhs", "rhs", "expr", "param"):
        below = getattr(node, name, None)
        if below is not None and not isinstance(below, str):
            yield from joins(below)
    for below in getattr(node, "args", None) or ():
        yield from joins(below)


def ambiguous(expression: str) -> list[str]:
    """The sides of joins of an expression that may have two series where the join allows one."""
    found = []
    for join in joins(promql_parser.parse(expression)):
        by, card = set(join.modifier.matching.labels), str(join.modifier.card)
        if by >= IDENTITY:
            continue
        single = {"ManyToOne": [join.rhs], "OneToMany": [join.lhs]}.get(card.rpartition(".")[2], [join.lhs, join.rhs])
        for side in single:
            known = labels(side)
            if known is None or not known <= by:
                than = "anything" if known is None else sorted(known - by)
                found.append(f"{side} may differ by {than}, and is joined by {sorted(by)}")
    return found


def test_what_a_join_allows_one_of_is_aggregated_by_its_labels() -> None:
    found = {name: sides for name, expression in (*expressions(), *asked()) if (sides := ambiguous(expression))}
    assert not found


@pytest.mark.parametrize(
    "expression",
    [
        "a > on (service) group_left () b",
        "a > on (service) b",
        "max by (service) (a) > on (service) b",
        "a > on (service) group_left () max by (service, instance) (b)",
        "a > on (service) group_left () (2 * b)",
        "clamp_max(b, 1) * on (service) group_right () a",
        'a > on (service) group_left () service:alert:threshold{alert="HighLatency"}',
    ],
)
def test_a_join_that_may_find_two_series_is_found(expression: str) -> None:
    assert ambiguous(f"vector(1) or absent({expression})")


@pytest.mark.parametrize(
    "expression",
    [
        "a > on (service) group_left () max by (service) (b)",
        "max by (service) (a) > on (service) min by (service) (b)",
        "a > on (service) group_left () (2 * max by (service) (rate(b[5m])))",
        "a and on (service) b",
        "a / b",
        "a > on (service) group_left () (service:http_requests_usual:rate1h > 0.5)",
    ],
)
def test_a_join_that_finds_one_series_is_left_alone(expression: str) -> None:
    assert not ambiguous(expression)

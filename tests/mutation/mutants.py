"""Small lies about a rule. A test that does not notice one has not proven that part of the rule."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import promql_parser

from catalog.alerts import THRESHOLD
from settings.types import seconds

_COMPARISON = re.compile(r"(?<![=!<>~])(>=|<=|==|!=|>|<)(?![=~])(\s+bool)?")
_FLIPPED = {">": "<", "<": ">", ">=": "<=", "<=": ">=", "==": "!=", "!=": "=="}
_BORDER = {">": ">=", "<": "<=", ">=": ">", "<=": "<"}
_LIMIT = re.compile(r"(?:(?<=[><=] )|(?<=bool )|(?<=or on \(service\) ))[0-9.]+(?:e[0-9]+)?(?![0-9.smhdw])")
_LABEL = re.compile(r"(?:\b(?:on|by|without|ignoring) ?\(|[{,] ?)([a-z_]+)(?= ?[,)]|=|!)")
_SET_OPERATOR = re.compile(r"\b(and|unless|or)\b")


@dataclass(frozen=True)
class Mutant:
    """A rule with one lie in it.

    Attributes:
        group: the rule file, without its ending.
        place: which rule of the file: the index of its group, and its own.
        about: the alert that the rule decides on; empty when it may be any.
        lie: what is different, unique among the mutants of a rule.
        rule: the changed rule.
    """

    group: str
    place: tuple[int, int]
    about: str
    lie: str
    rule: Mapping[str, Any] = field(compare=False)

    @property
    def name(self) -> str:
        """How a list of survivors calls it."""
        labels = self.rule.get("labels", {})
        kind = f"limit of {self.about}" if self.rule.get("record") == THRESHOLD else self.about
        own = kind or " ".join([self.rule["record"], *(str(value) for value in labels.values())])
        return f"{self.group}: {own}: {self.lie}"


def mutants_of(group: str, document: Mapping[str, Any]) -> Iterator[Mutant]:
    """Every mutant of a rule file."""
    for outer, rule_group in enumerate(document["groups"]):
        for inner, rule in enumerate(rule_group["rules"]):
            about = str(rule.get("alert", rule.get("labels", {}).get("alert", "")))
            lies: dict[str, Mapping[str, Any]] = {}
            for lie, changed in _lies(rule):
                lies.setdefault(lie, changed)
            for lie, changed in lies.items():
                yield Mutant(group, (outer, inner), about, lie, changed)


def _lies(rule: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if seconds_waited := seconds(str(rule["for"])) if str(rule.get("for", "0m"))[0] != "0" else 0:
        yield "for halved", {**rule, "for": f"{seconds_waited // 2}s"}
    if "keep_firing_for" in rule:
        yield "keep_firing_for removed", {key: value for key, value in rule.items() if key != "keep_firing_for"}
    expression = " ".join(str(rule["expr"]).split())
    for lie, changed in _changed(expression):
        try:
            promql_parser.parse(changed)
        except ValueError:
            continue
        if changed != expression:
            yield lie, {**deepcopy(dict(rule)), "expr": changed}


def _changed(expression: str) -> Iterator[tuple[str, str]]:
    for number, found in enumerate(_LIMIT.finditer(expression), 1):
        limit = float(found[0])
        for share in (0.9, 1.1):
            if limit:
                yield f"limit {number}, {found[0]}, times {share}", _with(expression, found, f"{limit * share:.6g}")
    for number, found in enumerate(_COMPARISON.finditer(expression), 1):
        operator, rest = found[1], found[2] or ""
        if not _in_braces(expression, found.start()):
            yield f"comparison {number}, {operator}, flipped", _with(expression, found, _FLIPPED[operator] + rest)
            if operator in _BORDER:
                yield (
                    f"comparison {number}, {operator}, with its border",
                    _with(expression, found, _BORDER[operator] + rest),
                )
    for label in sorted({found[1] for found in _LABEL.finditer(expression)} - {"__name__"}):
        yield f"label {label} renamed", re.sub(rf"(?<=[({{, ]){label}(?= ?[,)=!])", f"x_{label}", expression)
    for number, (operator, start, end) in enumerate(_guards(expression), 1):
        yield f"guard {number}, {operator}, removed", expression[:start].rstrip() + " " + expression[end:]


def _with(expression: str, found: re.Match[str], text: str) -> str:
    return expression[: found.start()] + text + expression[found.end() :]


def _in_braces(expression: str, position: int) -> bool:
    return expression.count("{", 0, position) > expression.count("}", 0, position)


def _guards(expression: str) -> Iterator[tuple[str, int, int]]:
    """Each `and` and `unless` with its right side: the operator, and where both stand."""
    depth, depths = 0, []
    for character in expression:
        depth -= character in ")}"
        depths.append(depth)
        depth += character in "({"
    operators = [found for found in _SET_OPERATOR.finditer(expression) if not _in_braces(expression, found.start())]
    for found in operators:
        if found[1] == "or":
            continue
        own = depths[found.start()]
        closes = next((at for at in range(found.end(), len(expression)) if depths[at] < own), len(expression))
        following = (
            other.start()
            for other in operators
            if found.end() <= other.start() < closes and depths[other.start()] == own
        )
        yield found[1], found.start(), next(following, closes)

"""Texts as PromQL quotes them."""

from __future__ import annotations

import promql_parser
import pytest

from catalog.promql import any_of, quoted
from tests.generated.values import AWKWARD
from tests.plans import plan_of

API = {"name": "api", "kind": "fastapi", "target": "api:8000"}


@pytest.mark.parametrize("text", [*AWKWARD, "\x07", "CORP\\orders", "🚀"])
def test_every_text_comes_back_as_it_went_in(text: str) -> None:
    selector = promql_parser.parse(f"up{{job={quoted(text)}}}")
    assert isinstance(selector, promql_parser.VectorSelector)
    assert [matcher.value for matcher in selector.matchers.matchers] == [text]


def test_a_choice_of_texts_matches_each_as_it_is_written() -> None:
    assert any_of(["a.b", 'say "x"']) == r'"a\\.b|say\\ \"x\""'


@pytest.mark.parametrize("text", AWKWARD)
def test_names_that_others_gave_are_quoted_wherever_a_kind_uses_them(text: str) -> None:
    plan = plan_of(
        API,
        {"name": "sends", "kind": "otel", "otlp": {"service_name": text, "service_namespace": text}},
        {"name": "hits", "kind": "cache", "metrics_from": "api", "metrics": {"hit": text, "miss": f"no {text}"}},
        {
            "name": "models",
            "kind": "llm",
            "metrics_from": "api",
            "prices": {text: {"input": 1, "output": 2}},
            "metrics": {"input_type": text, "no_provider_errors": [text]},
        },
    )
    for rules in plan.recording_rules.values():
        for rule in rules:
            promql_parser.parse(rule.expr)

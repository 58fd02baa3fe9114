"""Kind `llm`: from a stack entry to the normalised series."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.counter import Counter
from catalog.plan import MonitoringPlan, RecordingRule
from settings.errors import ConfigurationError
from tests import plans

API = {"name": "api", "kind": "http", "target": "api:8000"}
LABELS = {"service": "chat", "kind": "llm", "owner": "ai"}
PRICES = {"gpt-4o": {"input": 2.5, "output": 10}}


def plan_of(**entry: Any) -> MonitoringPlan:
    service = {"name": "chat", "kind": "llm", "owner": "ai", **entry}
    return plans.plan_of(API, service)


def recorded(plan: MonitoringPlan, name: str) -> list[RecordingRule]:
    rules = [rule for rule in plan.recording_rules["chat"] if rule.record == name]
    assert all(rule.labels.items() >= LABELS.items() for rule in rules)
    return rules


def only(plan: MonitoringPlan, name: str) -> str:
    (rule,) = recorded(plan, name)
    assert rule.labels == LABELS
    return rule.expr


def test_tokens_are_recorded_by_model_and_direction() -> None:
    plan = plan_of(metrics_from="api", prices=PRICES)
    sent, received = recorded(plan, "service:llm_tokens:rate5m")
    assert (sent.labels["type"], received.labels["type"]) == ("input", "output")
    tokens = Counter("gen_ai_client_token_usage_sum", 'service="api"', 'gen_ai_token_type="input"')
    assert sent.expr == (
        f"sum by (model) (label_replace({tokens.rate('5m', by='gen_ai_request_model')},"
        ' "model", "$1", "gen_ai_request_model", "(.*)"))'
    )
    assert [job.name for job in plan.scrape_jobs] == ["api"]
    assert "llm.rules.yml" in plan.rule_files


def test_dollars_are_tokens_times_prices_per_million() -> None:
    plan = plan_of(metrics_from="api", prices=PRICES)
    tokens = "service:llm_tokens:increase24h"
    assert only(plan, "service:llm_cost:dollars_increase24h") == (
        f'sum({tokens}{{service="chat", model="gpt-4o", type="input"}} * 2.5e-06'
        f' or {tokens}{{service="chat", model="gpt-4o", type="output"}} * 1e-05'
        f' or {tokens}{{service="chat"}} * 0)'
    )
    assert only(plan, "service:llm_tokens_unpriced:rate5m") == (
        'sum by (model) (service:llm_tokens:rate5m{service="chat", model!~"gpt\\\\-4o"})'
    )
    # Tokens stand before what is computed from them: the rules of a group run in order.
    order = [rule.record for rule in plan.recording_rules["chat"]]
    for window in ("10m", "1h", "24h"):
        tokens, dollars = f"service:llm_tokens:increase{window}", f"service:llm_cost:dollars_increase{window}"
        assert order.index(tokens) < order.index(dollars)


def test_a_counter_of_dollars_needs_no_prices() -> None:
    plan = plan_of(metrics_from="api", metrics={"cost_dollars_total": "llm_cost_dollars_total"})
    spent = Counter("llm_cost_dollars_total", 'service="api"').increase("1h")
    assert only(plan, "service:llm_cost:dollars_increase1h") == spent
    assert not recorded(plan, "service:llm_tokens_unpriced:rate5m")
    assert not recorded(plan, "service:llm_tokens:increase24h")


def test_wrong_requests_are_no_failures_of_the_provider() -> None:
    ratio = only(plan_of(metrics_from="api", prices=PRICES), "service:llm_errors:ratio_rate5m")
    name = "gen_ai_client_operation_duration_seconds_count"
    excused = "400|413|422|BadRequestError|UnprocessableEntityError"
    failed = Counter(name, 'service="api"', f'error_type!="", error_type!~"{excused}"').rate()
    requests = Counter(name, 'service="api"').rate()
    assert ratio == f"({failed} or {requests} * 0) / {requests}"


def test_counters_of_any_name_will_do() -> None:
    metrics = {
        "tokens": "llm_tokens_total",
        "tokens_form": "counter",
        "token_type_label": "direction",
        "input_type": "prompt",
        "model_label": "model",
        "requests_total": "llm_requests_total",
        "error_label": "error",
        "no_provider_errors": [],
    }
    plan = plan_of(target="gateway:4000", prices=PRICES, metrics=metrics)
    sent, _ = recorded(plan, "service:llm_tokens:rate5m")
    assert 'rate(llm_tokens_total{service="chat", direction="prompt"}[5m])' in sent.expr
    assert only(plan, "service:llm_requests:rate5m") == (Counter("llm_requests_total", 'service="chat"').rate())
    assert '{service="chat", error!=""}' in only(plan, "service:llm_errors:ratio_rate5m")
    assert not plan.scrape_jobs[1].native_histograms


def test_native_histograms_are_scraped_and_read_as_such() -> None:
    plan = plan_of(target="gateway:4000", prices=PRICES, metrics={"tokens_form": "native", "histogram": "native"})
    assert plan.scrape_jobs[1].native_histograms
    sent, _ = recorded(plan, "service:llm_tokens:rate5m")
    assert "histogram_sum(sum by (gen_ai_request_model) (rate(gen_ai_client_token_usage{" in sent.expr
    assert only(plan, "service:llm_requests:rate5m").startswith("histogram_count(sum(rate(")


def test_requests_and_dollars_are_recorded_by_model_too() -> None:
    plan = plan_of(metrics_from="api", prices=PRICES)
    requests = Counter("gen_ai_client_operation_duration_seconds_count", 'service="api"')
    assert only(plan, "service:llm_requests_by_model:rate5m") == (
        f"sum by (model) (label_replace({requests.rate(by='gen_ai_request_model')},"
        ' "model", "$1", "gen_ai_request_model", "(.*)"))'
    )
    dollars = only(plan, "service:llm_cost_by_model:dollars_rate5m")
    assert dollars == only(plan, "service:llm_cost:dollars_rate5m").replace("sum(", "sum by (model) (", 1)


def test_dollars_that_a_program_counts_are_told_by_its_own_label_of_the_model() -> None:
    metrics = {"cost_dollars_total": "dollars_total", "model_label": "engine", "histogram": "native"}
    plan = plan_of(metrics_from="api", metrics=metrics)
    spent = Counter("dollars_total", 'service="api"').rate(by="engine")
    assert only(plan, "service:llm_cost_by_model:dollars_rate5m") == (
        f'sum by (model) (label_replace({spent}, "model", "$1", "engine", "(.*)"))'
    )
    assert only(plan, "service:llm_requests_by_model:rate5m").startswith(
        "sum by (model) (label_replace(histogram_count(sum by (engine) (rate("
    )


def test_how_long_an_answer_takes_and_until_it_begins_are_quantiles() -> None:
    plan = plan_of(metrics_from="api")
    for family, name in (
        ("service:llm_latency", "gen_ai_client_operation_duration_seconds"),
        ("service:llm_first_token", "gen_ai_client_operation_time_to_first_chunk_seconds"),
    ):
        assert only(plan, f"{family}:p95_5m") == (
            f'histogram_quantile(0.95, sum by (le) (rate({name}_bucket{{service="api"}}[5m])))'
        )
    without = plan_of(metrics_from="api", metrics={"first_token_seconds": None})
    assert not recorded(without, "service:llm_first_token:p95_5m")


def test_without_prices_every_model_in_use_is_unpriced() -> None:
    plan = plan_of(metrics_from="api")
    unpriced = 'sum by (model) (service:llm_tokens:rate5m{service="chat"})'
    assert only(plan, "service:llm_tokens_unpriced:rate5m") == unpriced
    free = 'sum(service:llm_tokens:increase24h{service="chat"} * 0)'
    assert only(plan, "service:llm_cost:dollars_increase24h") == free


def test_prices_beside_a_counter_of_dollars_are_a_mistake() -> None:
    with pytest.raises(ConfigurationError, match=r"prices and metrics\.cost_dollars_total"):
        plan_of(metrics_from="api", prices=PRICES, metrics={"cost_dollars_total": "dollars_total"})

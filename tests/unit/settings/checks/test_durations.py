"""Intervals that starve the rules, and retention that is too short for its readers."""

from __future__ import annotations

import re

import pytest

from catalog import kinds
from catalog.alerts import rule_file
from settings.types import seconds
from tests.plans import mistakes_in, plan_of

API: dict[str, object] = {"name": "api", "kind": "fastapi", "target": "api:8000"}
AIRFLOW: dict[str, object] = {"name": "pipelines", "kind": "airflow"}
ORDERS: dict[str, object] = {"name": "orders", "kind": "business", "target": "api:8000", "metric": "orders_total"}
LLM: dict[str, object] = {"name": "models", "kind": "llm", "target": "models:8000"}
PROMISED: dict[str, object] = {**API, "slo": {"availability": 0.99}}
FOUR_WEEKS: dict[str, object] = {**API, "slo": {"availability": 0.99, "window": "28d"}}
CACHE: dict[str, object] = {"name": "cache", "kind": "redis", "target": "cache:6379"}


@pytest.mark.parametrize(
    ("sections", "path"),
    [
        ({"prometheus": {"scrape_interval": "2m"}}, "prometheus.scrape_interval"),
        ({"prometheus": {"evaluation_interval": "1h"}}, "prometheus.evaluation_interval"),
    ],
)
def test_an_interval_that_starves_the_rules_is_a_mistake(sections: dict[str, object], path: str) -> None:
    (found,) = mistakes_in(API, **sections)
    assert found.startswith(f"{path}: found ")
    assert "Allowed: a duration up to 1m." in found


def test_a_service_is_not_scraped_too_rarely_either() -> None:
    assert plan_of({**API, "scrape_interval": "60s"})
    assert mistakes_in({**API, "scrape_interval": "61s"}) == [
        "services[0].scrape_interval: found '61s'. Allowed: a duration up to 1m. "
        "Rules read five-minute windows, which need several samples."
    ]


@pytest.mark.parametrize(
    ("source", "logs", "traces"), [("registry", "loki", "tempo"), ("built", "victorialogs", "jaeger")]
)
@pytest.mark.parametrize(
    ("key", "too_short", "shortest"),
    [
        ("logs", "23h", "1d"),
        ("warning_logs", "23h", "1d"),
        ("alert_history", "23h", "1d"),
        ("traces", "59m", "1h"),
    ],
)
def test_what_a_store_cannot_keep_so_shortly_is_a_mistake(
    key: str, too_short: str, shortest: str, source: str, logs: str, traces: str
) -> None:
    images, store = {"source": source}, traces if key == "traces" else logs
    assert plan_of(API, images=images, retention={key: shortest})
    assert mistakes_in(API, images=images, retention={key: too_short}) == [
        f"retention.{key}: found {too_short!r}. Allowed: a duration from {shortest} up. {store} keeps nothing shorter."
    ]


@pytest.mark.parametrize(
    ("services", "who", "shortest"),
    [
        pytest.param([CACHE], "services[0], cache", "1d", id="any service"),
        pytest.param([CACHE, API], "services[1], api", "8d", id="traffic of last week"),
        pytest.param([API, {**PROMISED, "name": "web"}], "services[1], web", "30d", id="one with an objective"),
        pytest.param([FOUR_WEEKS, ORDERS], "services[0], api", "28d", id="one with an objective over four weeks"),
        pytest.param([CACHE, LLM], "services[1], models", "1w", id="spending on language models"),
        pytest.param([ORDERS, API], "services[0], orders", "15d", id="a business metric"),
    ],
)
def test_metrics_are_kept_as_long_as_the_rules_look_back(
    services: list[dict[str, object]], who: str, shortest: str
) -> None:
    assert plan_of(*services, retention={"metrics": shortest})
    assert mistakes_in(*services, retention={"metrics": "12h"}) == [
        f"retention.metrics: found '12h'. Allowed: a duration from {shortest} up. "
        f"Rules about {who}, look back that far."
    ]


def test_no_rule_looks_back_further_than_its_services_say() -> None:
    entries = (PROMISED, AIRFLOW, LLM, ORDERS)
    said = {service.kind: seconds(service.looks_back()) for service in plan_of(*entries).settings.services}
    for name, kind in kinds().items():
        for group in ("services", *kind.rules):
            windows = re.findall(r"\[(\d+[smhdwy])", rule_file(group).read_text(encoding="utf-8"))
            # Objectives are the only rules of HTTP services that need more than a week.
            allowed = said["fastapi"] if group == "slo" else said.get(name, seconds("1d"))
            assert max(map(seconds, windows), default=0) <= allowed, (name, group)

"""Intervals that starve the rules, and retention that is too short for its readers."""

from __future__ import annotations

import pytest

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
    ("entry", "interval"), [({}, "15s"), ({"scrape_interval": "1m"}, "1m"), ({"scrape_interval": "5s"}, "5s")]
)
def test_a_scrape_is_over_when_the_next_one_is_due(entry: dict[str, object], interval: str) -> None:
    assert plan_of({**API, **entry, "scrape_timeout": interval})
    assert mistakes_in({**API, **entry, "scrape_timeout": "61s"}) == [
        f"services[0].scrape_timeout: found '61s'. Allowed: a duration up to its interval, {interval}. "
        "The next scrape is due then: scrape less often, or wait less."
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

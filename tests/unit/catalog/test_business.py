"""Kind `business`: from a stack entry to the normalised series."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.counter import Counter
from catalog.plan import MonitoringPlan
from settings.errors import ConfigurationError
from tests import plans

API = {"name": "api", "kind": "http", "target": "api:8000"}


def plan_of(**entry: Any) -> MonitoringPlan:
    service = {"name": "orders", "kind": "business", "owner": "shop", **entry}
    return plans.plan_of(API, service)


def recorded(plan: MonitoringPlan) -> dict[str, str]:
    rules = [rule for rule in plan.recording_rules["orders"] if rule.record.startswith("service:business_metric")]
    assert all(rule.labels == {"service": "orders", "kind": "business", "owner": "shop"} for rule in rules)
    return {rule.record: rule.expr for rule in rules}


def test_a_counter_is_what_it_grows_by_in_an_hour_and_zero_while_its_program_does_not_show_it() -> None:
    plan = plan_of(metrics_from="api", metric="orders_total", type="counter")
    assert recorded(plan) == {
        "service:business_metric:value": (
            Counter("orders_total", 'service="api"').rate() + ' * 3600 or group(up{service="api"} == 1) * 0'
        ),
        "service:business_metric:floor": "vector(30)",
    }
    assert [job.name for job in plan.scrape_jobs] == ["api"]
    assert "business.rules.yml" in plan.rule_files


def test_a_gauge_is_its_value_and_judged_from_any_usual_value_on() -> None:
    found = recorded(plan_of(target="shop:80", metric="baskets", type="gauge"))
    assert found == {
        "service:business_metric:value": 'sum(baskets{service="orders"})',
        "service:business_metric:floor": "vector(0)",
    }


def test_an_own_floor_wins() -> None:
    found = recorded(plan_of(metrics_from="api", metric="orders_total", type="counter", floor=2.5))
    assert found["service:business_metric:floor"] == "vector(2.5)"


def test_the_metric_is_required() -> None:
    with pytest.raises(ConfigurationError, match="metric"):
        plan_of(metrics_from="api")

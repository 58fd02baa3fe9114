"""Retention of metrics: as long as the rules of the stack look back, whatever the rules are."""

from __future__ import annotations

import pytest

from settings.types import seconds
from tests.plans import mistakes_in, plan_of

API: dict[str, object] = {"name": "api", "kind": "fastapi", "target": "api:8000"}
PROBE: dict[str, object] = {"name": "site", "kind": "probe", "target": "api:8000"}
ORDERS: dict[str, object] = {"name": "orders", "kind": "business", "target": "api:8000", "metric": "orders_total"}


@pytest.mark.parametrize("services", [[PROBE], [API], [{**API, "slo": {"availability": 0.99}}], [API, ORDERS]])
def test_a_retention_that_a_rule_outlives_is_a_mistake(services: list[dict[str, object]]) -> None:
    furthest = plan_of(*services).looks_back
    assert furthest
    needed = f"{int(furthest.back.total_seconds())}s"
    assert plan_of(*services, retention={"metrics": needed}).metrics_retention == needed
    (mistake,) = mistakes_in(*services, retention={"metrics": f"{seconds(needed) - 1}s"})
    assert mistake.startswith("retention.metrics: found ")
    assert mistake.endswith(f" up. {furthest.rule} looks back that far.")


def test_by_default_it_is_fifteen_days_or_as_long_as_the_rules_need() -> None:
    assert plan_of(PROBE).metrics_retention == "15d"
    business = plan_of(API, ORDERS)
    assert business.looks_back
    assert business.looks_back.back.days >= 21
    assert seconds(business.metrics_retention) == business.looks_back.back.total_seconds()

"""Overrides of shipped alerts: what they change in the rule files."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from catalog.alerts import rule_file
from catalog.overrides import switched_off
from catalog.plan import MonitoringPlan
from tests.plans import plan_of

API: dict[str, object] = {"name": "api", "kind": "fastapi", "target": "api:8000"}
WEB: dict[str, object] = {"name": "web", "kind": "node", "target": "web:3000"}


def variants(plan: MonitoringPlan, group: str, alert: str) -> list[dict[str, Any]]:
    """Every rule with an alert's name in the stack's rule file."""
    document = yaml.load(plan.rule_files[f"{group}.rules.yml"], yaml.CSafeLoader)
    return [rule for found in document["groups"] for rule in found["rules"] if rule.get("alert") == alert]


def shipped(group: str, alert: str) -> dict[str, Any]:
    (rule,) = (
        rule
        for found in yaml.load(rule_file(group).read_text(encoding="utf-8"), yaml.CSafeLoader)["groups"]
        for rule in found["rules"]
        if rule.get("alert") == alert
    )
    return dict(rule)


def test_without_overrides_a_rule_file_is_the_shipped_one() -> None:
    plan = plan_of(API)
    for name, text in plan.rule_files.items():
        assert text == rule_file(name.removesuffix(".rules.yml")).read_text(encoding="utf-8")


def test_a_stack_gets_the_rules_of_its_kinds_and_no_others() -> None:
    assert {"http.rules.yml", "slo.rules.yml", "services.rules.yml", "monitoring.rules.yml"} <= set(
        plan_of(API).rule_files
    )
    assert "redis.rules.yml" not in plan_of(API).rule_files
    assert "http.rules.yml" not in plan_of({"name": "cache", "kind": "redis", "target": "cache:6379"}).rule_files


def limits(plan: MonitoringPlan, group: str, alert: str) -> list[dict[str, Any]]:
    """Every rule that records a limit of an alert, in the order of their evaluation."""
    document = yaml.load(plan.rule_files[f"{group}.rules.yml"], yaml.CSafeLoader)
    rules = [rule for found in document["groups"] for rule in found["rules"] if "record" in rule]
    return [rule for rule in rules if rule.get("labels", {}).get("alert") == alert]


def test_a_threshold_of_one_service_is_recorded_just_before_the_limits_that_read_it() -> None:
    plan = plan_of({**API, "alerts": {"HighErrorRate": {"threshold": 0.01}}}, WEB)
    assert variants(plan, "http", "HighErrorRate") == [shipped("http", "HighErrorRate")]
    own, all_others = limits(plan, "http", "HighErrorRate")
    assert own == {
        "record": "service:alert:override",
        "expr": "vector(0.01)",
        "labels": {"service": "api", "kind": "fastapi", "owner": "unowned", "alert": "HighErrorRate"},
    }
    assert [all_others] == limits(plan_of(API, WEB), "http", "HighErrorRate")


def test_an_alert_that_is_off_has_no_limit_by_which_a_weaker_one_would_be_silent() -> None:
    off = {"alerts": {"HighErrorRate": {"enabled": False}}}
    (others,) = limits(plan_of({**API, **off}, WEB), "http", "HighErrorRate")
    assert others["expr"].endswith(' unless on (service) label_replace(vector(1), "service", "api", "", "")')
    assert limits(plan_of(API, WEB, **off), "http", "HighErrorRate") == []
    on = {"alerts": {"HighErrorRate": {"enabled": True}}}
    (own,) = limits(plan_of({**API, **on}, WEB, **off), "http", "HighErrorRate")
    assert own["expr"].endswith(' and on (service) label_replace(vector(1), "service", "api", "", "")')


def test_a_threshold_of_the_whole_stack_replaces_the_default_and_nothing_else() -> None:
    plan = plan_of(API, alerts={"HighErrorRate": {"threshold": 0.2}})
    before = rule_file("http").read_text(encoding="utf-8").splitlines()
    after = plan.rule_files["http.rules.yml"].splitlines()
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert len(changed) == 1
    assert changed[0][0].replace("0.05", "0.2") == changed[0][1]


def test_for_and_severity_of_one_service_split_the_rule() -> None:
    plan = plan_of({**API, "alerts": {"HighErrorRate": {"for": "15m", "severity": "info"}}}, WEB)
    others, own = variants(plan, "http", "HighErrorRate")
    rule = shipped("http", "HighErrorRate")
    assert (others["for"], others["labels"]["severity"]) == (rule["for"], rule["labels"]["severity"])
    assert (own["for"], own["labels"]["severity"]) == ("15m", "info")
    assert others["expr"].endswith(')\nunless on (service) label_replace(vector(1), "service", "api", "", "")\n')
    assert own["expr"].endswith(')\nand on (service) label_replace(vector(1), "service", "api", "", "")\n')
    assert own["annotations"] == rule["annotations"]


def test_an_override_that_says_what_is_shipped_changes_nothing() -> None:
    rule = shipped("http", "HighErrorRate")
    same = {"HighErrorRate": {"for": rule["for"], "severity": rule["labels"]["severity"]}}
    assert variants(plan_of({**API, "alerts": same}), "http", "HighErrorRate") == [rule]


def test_services_with_the_same_say_share_a_rule() -> None:
    say = {"alerts": {"HighErrorRate": {"severity": "high"}}}
    others, own = variants(plan_of({**API, **say}, {**WEB, **say}), "http", "HighErrorRate")
    both = 'label_replace(vector(1), "service", "api", "", "") or label_replace(vector(1), "service", "web", "", "")'
    assert others["expr"].count(both) == own["expr"].count(both) == 1


def test_an_alert_is_off_for_one_service_or_for_all() -> None:
    off = {"HighErrorRate": {"enabled": False}}
    (others,) = variants(plan_of({**API, "alerts": off}, WEB), "http", "HighErrorRate")
    assert 'unless on (service) label_replace(vector(1), "service", "api", "", "")' in others["expr"]
    assert variants(plan_of(API, alerts=off), "http", "HighErrorRate") == []


def test_a_services_own_say_wins_over_the_stacks() -> None:
    on = {**API, "alerts": {"HighErrorRate": {"enabled": True, "for": "1m"}}}
    (own,) = variants(plan_of(on, WEB, alerts={"HighErrorRate": {"enabled": False}}), "http", "HighErrorRate")
    assert own["for"] == "1m"
    assert "and on (service)" in own["expr"]


def test_what_is_switched_off_is_what_nothing_has_any_more() -> None:
    off, on = {"HighErrorRate": {"enabled": False}}, {"HighErrorRate": {"enabled": True}}
    alone = {**API, "alerts": off}
    assert switched_off(plan_of(alone).settings) == {"HighErrorRate"}
    assert switched_off(plan_of(alone, WEB).settings) == frozenset()
    assert switched_off(plan_of(API, WEB, alerts=off).settings) == {"HighErrorRate"}
    assert switched_off(plan_of(API, {**WEB, "alerts": on}, alerts=off).settings) == frozenset()
    # The stack's own machine goes by what the whole stack says.
    host = {
        "name": "a-host",
        "kind": "host",
        "target": "10.0.0.5:9100",
        "alerts": {"HostCpuSaturated": {"enabled": False}},
    }
    assert switched_off(plan_of(host).settings) == frozenset()
    assert switched_off(plan_of(host, alerts={"HostCpuSaturated": {"enabled": False}}).settings) == {"HostCpuSaturated"}


ORDERS: dict[str, object] = {"name": "orders", "kind": "business", "target": "shop:80", "metric": "orders_total"}


def test_a_limit_keeps_all_its_digits() -> None:
    plan = plan_of({**API, "alerts": {"HighErrorRate": {"threshold": 0.0123456789}}})
    assert "vector(0.0123456789)" in [rule["expr"] for rule in limits(plan, "http", "HighErrorRate")]
    plan = plan_of(API, alerts={"HighErrorRate": {"threshold": 0.0123456789}})
    assert "or on (service) 0.0123456789 * group by" in plan.rule_files["http.rules.yml"]


def test_the_limit_of_a_fall_is_a_series_of_its_own() -> None:
    plan = plan_of({**ORDERS, "alerts": {"BusinessMetricAnomaly": {"threshold": 3, "threshold_down": 0.7}}})
    recorded = limits(plan, "business", "BusinessMetricAnomaly")
    overrides = [rule for rule in recorded if rule["record"] == "service:alert:override"]
    assert [(rule["expr"], rule["labels"].get("direction")) for rule in overrides] == [
        ("vector(3)", None),
        ("vector(0.7)", "down"),
    ]


@pytest.mark.parametrize(
    ("asked", "up", "down"),
    [
        ({"threshold": 0.3}, "0.3", "0.3"),
        ({"threshold": 3}, "3", "0.9"),
        ({"threshold_down": 1}, "0.5", "1"),
        ({"threshold": 3, "threshold_down": 0.7}, "3", "0.7"),
    ],
)
def test_the_whole_stack_has_a_limit_of_a_rise_and_one_of_a_fall(asked: dict[str, object], up: str, down: str) -> None:
    text = plan_of(ORDERS, alerts={"BusinessMetricAnomaly": asked}).rule_files["business.rules.yml"]
    assert re.findall(r"or on \(service\) ([0-9.]+) \* group by", text) == [up, down]

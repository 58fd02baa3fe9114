"""Declared maintenance as series that dashboards can mark."""

from __future__ import annotations

from collections.abc import Mapping

from tests.plans import plan_of

API = {"name": "api", "kind": "http", "target": "api:80", "owner": "shop"}
DB = {"name": "db", "kind": "redis", "target": "db:6379", "owner": "money"}
TIME = {"from": "2030-01-05T22:00", "to": "2030-01-06T02:00", "reason": "Upgrade"}
# 22:00 and 02:00 in UTC.
WHILE = "vector(1) and on () (vector(time()) >= 1893880800) and on () (vector(time()) < 1893895200)"


def marked(**selection: object) -> list[Mapping[str, str]]:
    plan = plan_of(
        API,
        DB,
        alerting={"default": "chat", "maintenance": [{**TIME, **selection}]},
        receivers={"chat": {"webhook": {"url": "http://chat:80/"}}},
        teams={"money": {"notify": "chat"}, "shop": {"notify": "chat"}},
    )
    rules = plan.recording_rules["maintenance"]
    assert {(rule.record, rule.expr) for rule in rules} == {("service:maintenance:info", WHILE)}
    return [rule.labels for rule in rules]


def test_each_service_of_a_maintenance_is_marked_while_it_lasts() -> None:
    assert marked(services=["db"]) == [{"service": "db", "reason": "Upgrade"}]
    assert marked(services=["db"], teams=["shop"]) == [
        {"service": "api", "reason": "Upgrade"},
        {"service": "db", "reason": "Upgrade"},
    ]


def test_maintenance_that_names_only_alerts_is_about_every_service() -> None:
    assert [labels["service"] for labels in marked(alerts=["ServiceDown"])] == ["api", "db"]


def test_a_stack_without_maintenance_has_no_such_series() -> None:
    assert "maintenance" not in plan_of(API).recording_rules

"""Alertmanager of the shipped stacks: its routing tree."""

from __future__ import annotations

from alerting.inhibition import inhibit_rules
from tests.conftest import Deployment


def test_every_alert_is_kept_and_the_heartbeat_is_sent_every_minute(docker_stack: Deployment) -> None:
    config = docker_stack.document("alertmanager", "alertmanager.yml")
    route = config["route"]
    assert (route["receiver"], route["group_by"]) == ("history", ["alertname", "environment", "service"])
    assert (route["group_wait"], route["group_interval"], route["repeat_interval"]) == ("30s", "5m", "12h")
    heartbeat, critical = route["routes"]
    assert (heartbeat["receiver"], heartbeat["matchers"]) == ("heartbeat", ['alertname="Heartbeat"'])
    # Repeated at every round: an interval as long as the round would come just too early every second time.
    timing = (heartbeat["group_wait"], heartbeat["group_interval"], heartbeat["repeat_interval"])
    assert timing == ("0s", "1m", "50s")
    assert (critical["matchers"], critical["repeat_interval"]) == (['severity="critical"'], "4h")
    receivers = {receiver["name"]: receiver for receiver in config["receivers"]}
    assert set(receivers) == {"history", "heartbeat"}
    for receiver in receivers.values():
        assert receiver["webhook_configs"] == [{"url": "http://collector-gateway:8088/alerts", "send_resolved": True}]


def test_the_heartbeat_that_is_routed_is_an_alert_that_exists(dev: Deployment) -> None:
    alerts = {
        rule.get("alert")
        for name in dev.files("prometheus")
        if name.startswith("rules/")
        for group in dev.document("prometheus", name)["groups"]
        for rule in group["rules"]
    }
    assert "Heartbeat" in alerts


def test_what_is_silent_beside_what_comes_from_the_plan(dev: Deployment) -> None:
    rules = dev.document("alertmanager", "alertmanager.yml")["inhibit_rules"]
    assert rules == inhibit_rules(dev.program.plan)
    (database,) = [rule for rule in rules if rule["name"] == "dependency: memory-db"]
    assert 'service="memory-db"' in database["source_matchers"]
    assert any("memory-api" in matcher for matcher in database["target_matchers"])
    assert database["equal"] == ["environment"]

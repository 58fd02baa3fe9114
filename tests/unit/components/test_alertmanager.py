"""Alertmanager of the shipped stacks: its routing tree."""

from __future__ import annotations

import re
from typing import Any

from alerting.inhibition import inhibit_rules
from tests.conftest import Deploy, Deployment

HISTORY = {"url": "http://collector-gateway:8088/alerts", "send_resolved": True}


def test_every_alert_is_recorded_and_the_heartbeat_is_sent_every_minute(docker_stack: Deployment) -> None:
    config = docker_stack.document("alertmanager", "alertmanager.yml")
    route = config["route"]
    assert (route["receiver"], route["group_by"]) == ("history", ["environment", "service", "cause"])
    assert (route["group_wait"], route["group_interval"], route["repeat_interval"]) == ("30s", "5m", "12h")
    own = [part for part in route["routes"] if "notify_test" not in str(part.get("matchers"))]
    heartbeat, repeated, record, *told = own
    assert (heartbeat["receiver"], heartbeat["matchers"]) == ("heartbeat", ['alertname="Heartbeat"'])
    # Repeated at every round: an interval as long as the round would come just too early every second time.
    timing = (heartbeat["group_wait"], heartbeat["group_interval"], heartbeat["repeat_interval"])
    assert timing == ("0s", "1m", "50s")
    assert repeated == {"receiver": "nobody", "matchers": ['alertname="RecentCause"']}
    assert record == {"receiver": "history", "continue": True}
    default = docker_stack.program.plan.settings.alerting.default
    assert [part["receiver"] for part in told][-1:] == ([default] if default else [])


def test_whatever_a_receiver_is_told_is_recorded_under_its_name(docker_stack: Deployment) -> None:
    nobody, *receivers = docker_stack.document("alertmanager", "alertmanager.yml")["receivers"]
    assert nobody == {"name": "nobody"}
    settings = docker_stack.program.plan.settings
    assert [receiver["name"] for receiver in receivers] == ["history", "heartbeat", *settings.receivers]
    assert [receiver["webhook_configs"][-1] for receiver in receivers] == [HISTORY] * len(receivers)


def test_a_receiver_reads_its_secrets_from_files_and_its_values_are_nowhere_else(deployed: Deploy) -> None:
    given = {
        "shopSlack": "https://hooks.example.com/$1",
        "shopPager": "p&g<r>",
        "smtpPassword": "s'\"\n",
        "heartbeatUrl": "h",
    }
    prod = deployed("prod", secrets=given, runtime="docker")
    files = prod.files("alertmanager", "secrets")
    assert {name: files[name] for name in given} == given
    text = prod.files("alertmanager")["alertmanager.yml"]
    assert [value for value in given.values() if len(value) > 1 and value in text] == []
    named = set(re.findall(r"_file: /run/secrets/(\w+)", text))
    assert named == set(given)


def test_the_outside_dead_mans_switch_is_never_told_that_the_heartbeat_ended(deployed: Deploy) -> None:
    prod = deployed("prod", runtime="docker")
    receivers = {found["name"]: found for found in prod.document("alertmanager", "alertmanager.yml")["receivers"]}
    outside, history = receivers["heartbeat"]["webhook_configs"]
    assert outside == {"send_resolved": False, "url_file": "/run/secrets/heartbeatUrl"}
    assert history == HISTORY


def test_what_a_route_inherits_is_not_written_again(deployed: Deploy) -> None:
    def looked_at(route: dict[str, Any], above: dict[str, Any]) -> None:
        for key in ("group_by", "group_wait", "group_interval", "repeat_interval"):
            assert route.get(key) is None or route[key] != above.get(key)
        for below in route.get("routes", ()):
            looked_at(below, {**above, **route})

    looked_at(deployed("prod", runtime="docker").document("alertmanager", "alertmanager.yml")["route"], {})


def test_the_alerts_that_are_routed_by_name_exist(dev: Deployment) -> None:
    alerts = {
        rule.get("alert")
        for name in dev.files("prometheus")
        if name.startswith("rules/")
        for group in dev.document("prometheus", name)["groups"]
        for rule in group["rules"]
    }
    assert {"Heartbeat", "RecentCause"} <= alerts


def test_what_is_silent_beside_what_comes_from_the_plan(dev: Deployment) -> None:
    rules = dev.document("alertmanager", "alertmanager.yml")["inhibit_rules"]
    assert rules == inhibit_rules(dev.program.plan)
    (database,) = [rule for rule in rules if rule["name"] == "dependency: memory-db"]
    assert 'service="memory-db"' in database["source_matchers"]
    assert any("memory-api" in matcher for matcher in database["target_matchers"])
    assert database["equal"] == ["environment"]

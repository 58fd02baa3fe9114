"""Alerts on logs: what Grafana asks, when a rule fires, and that the stack's Alertmanagers are told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import promql_parser
import pulumiverse_grafana as grafana
import pytest
import yaml

from catalog.alerts import LOGGED, shipped_alerts
from components.grafana_alerting.logged import log_rule_groups
from tests.conftest import PLACE, Deploy, Deployment
from tests.plans import plan_of, program_of
from tests.unit.components.looking import BUILT

RULE_GROUP = "grafana:alerting/ruleGroup:RuleGroup"
CONTACT_POINT = "grafana:alerting/contactPoint:ContactPoint"
NEVER = 'label_replace(vector(Inf), "service", "none", "", "")'
NAMES = {name for name, alert in shipped_alerts().items() if alert.group == LOGGED}


def rules(deployment: Deployment) -> dict[str, Mapping[str, Any]]:
    """Every rule by its uid."""
    return {rule["uid"]: rule for group in deployment.of(RULE_GROUP).values() for rule in group.inputs["rules"]}


def nodes(rule: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {node["refId"]: {**node, "model": json.loads(node["model"])} for node in rule["datas"]}


def test_grafana_evaluates_the_alerts_on_logs_and_prometheus_what_they_compare_with(dev: Deployment) -> None:
    assert len(NAMES) > 1
    assert rules(dev).keys() == NAMES
    text = dev.files("prometheus")["rules/logs.rules.yml"]
    recorded = [rule for group in yaml.load(text, yaml.CSafeLoader)["groups"] for rule in group["rules"]]
    assert {rule["labels"]["alert"] for rule in recorded} == NAMES
    assert not [rule for rule in recorded if "alert" in rule]


def test_a_rule_compares_the_lines_that_the_store_counted_with_what_prometheus_says_is_too_many(
    dev: Deployment,
) -> None:
    expressions = {
        rule["alert"]: rule["expr"]
        for group in yaml.load(dev.program.plan.rule_files["logs.rules.yml"], yaml.CSafeLoader)["groups"]
        for rule in group["rules"]
        if "alert" in rule
    }
    for name, rule in rules(dev).items():
        found = nodes(rule)
        assert found["A"]["datasourceUid"] == "prometheus"
        assert found["A"]["model"]["expr"] == f"({expressions[name]}) or {NEVER}"
        assert found["LINES"]["datasourceUid"] == "loki"
        assert found["LINES"]["relativeTimeRange"] == {"from": 300, "to": 0}
        assert found["LINES"]["model"]["expr"].startswith("sum by (service) (count_over_time(")
        assert (found["B"]["model"]["type"], found["B"]["model"]["expression"]) == ("reduce", "LINES")
        assert found["C"]["model"]["expression"] == "$B > $A"
        assert rule["condition"] == "C"


def test_counts_that_have_a_name_are_compared_with_limits_of_that_name(deployed: Deploy) -> None:
    """Grafana joins series only when all labels of one are labels of the other."""
    for rule in rules(deployed("dev", logs={"store": "victorialogs"})).values():
        found = nodes(rule)
        assert found["LINES"]["datasourceUid"] == "victorialogs"
        assert found["LINES"]["model"]["expr"].endswith("| stats by (service) count() lines")
        assert found["A"]["model"]["expr"].startswith("label_replace(")
        assert found["A"]["model"]["expr"].endswith(', "__name__", "lines", "", "")')


def test_the_kind_of_a_query_stands_beside_its_model_too_where_grafana_says_it(deployed: Deploy) -> None:
    """Left out there, a rule that nobody touched would be called changed."""
    for settings in ({"store": "victorialogs"}, {}):
        for rule in rules(deployed("dev", logs=settings)).values():
            for node in nodes(rule).values():
                assert node.get("queryType") == node["model"].get("queryType")


def test_a_limit_is_never_alone(dev: Deployment) -> None:
    """Of one limit and one count Grafana makes a pair without labels, though they are of different services."""
    for rule in rules(dev).values():
        expression = nodes(rule)["A"]["model"]["expr"]
        promql_parser.parse(expression)
        assert expression.endswith(f" or {NEVER}")


def test_what_a_rule_says_when_a_store_does_not_answer_or_has_nothing(dev: Deployment) -> None:
    for rule in rules(dev).values():
        assert (rule["noDataState"], rule["execErrState"]) == ("OK", "KeepLast")
        assert rule["labels"]["environment"] == "dev"
        assert rule["labels"]["cause"] == "errors"
        assert rule["annotations"]["runbook_url"].endswith(f"/{rule['name']}.html")


def test_rules_tell_the_alertmanager_of_the_stack_and_leave_the_tree_of_policies_alone(dev: Deployment) -> None:
    (point,) = dev.of(CONTACT_POINT).values()
    (told,) = point.inputs["alertmanagers"]
    assert (told["url"], told["basicAuthUser"]) == ("http://alertmanager:9093", "admin")
    assert told["basicAuthPassword"]
    assert "alertmanagers" in point.secrets
    for rule in rules(dev).values():
        settings = rule["notificationSettings"]
        assert settings["contactPoint"] == point.inputs["name"]
        assert (settings["groupBies"], settings["repeatInterval"]) == (["..."], "1m")
    assert dev.of("grafana:alerting/notificationPolicy:NotificationPolicy") == {}


def test_every_replica_of_alertmanager_is_told(deployed: Deploy) -> None:
    stack = deployed("dev", availability="high")
    (point,) = stack.of(CONTACT_POINT).values()
    assert len({told["url"] for told in point.inputs["alertmanagers"]}) == 3


def test_a_grafana_that_is_there_already_tells_alertmanager_at_the_address_that_the_settings_say(
    existing: Deployment,
) -> None:
    (point,) = existing.of(CONTACT_POINT).values()
    assert [told["url"] for told in point.inputs["alertmanagers"]] == ["https://alertmanager.example.com"]


def test_without_a_grafana_there_are_no_alerts_on_logs() -> None:
    assert "logs.rules.yml" not in program_of(images=BUILT).plan.rule_files


def test_an_override_makes_a_rule_of_its_own_in_a_folder_of_its_own(deployed: Deploy) -> None:
    services = [
        {"name": "api", "kind": "fastapi", "target": "api:8000", "alerts": {"ErrorLogsHigh": {"severity": "critical"}}}
    ]
    stack = deployed("dev", services=services, demo=None)
    found = rules(stack)
    assert {"ErrorLogsHigh", "ErrorLogsHigh-2"} < found.keys()
    assert found["ErrorLogsHigh-2"]["labels"]["severity"] == "critical"
    titles = {folder.inputs["title"] for folder in stack.of("grafana:oss/folder:Folder").values()}
    assert "Monitoring: overridden alerts 2" in titles


@pytest.mark.parametrize("store", ["loki", "victorialogs"])
def test_files_say_the_same_as_the_provider(deployed: Deploy, store: str) -> None:
    through_provider = deployed("dev", logs={"store": store})
    files = deployed("dev", logs={"store": store}, grafana={"content": "files"}).files("grafana")
    groups = yaml.load(files["alerting/rules.yaml"], yaml.CSafeLoader)["groups"]
    written = {rule["uid"]: rule for group in groups for rule in group["rules"]}
    provided = rules(through_provider)
    assert written.keys() == provided.keys()
    for uid, rule in written.items():
        other = provided[uid]
        for file, provider in (("title", "name"), ("for", "for"), ("keepFiringFor", "keepFiringFor")):
            assert rule[file] == other[provider]
        for field in ("condition", "labels", "annotations", "noDataState", "execErrState"):
            assert rule[field] == other[field]
        assert {node["refId"]: node["model"] for node in rule["data"]} == {
            name: node["model"] for name, node in nodes(other).items()
        }
        assert rule["notification_settings"]["receiver"] == "alertmanager"
        assert rule["notification_settings"]["group_by"] == ["..."]
    (point,) = yaml.load(files["alerting/contact-points.yaml"], yaml.CSafeLoader)["contactPoints"]
    (receiver,) = point["receivers"]
    assert receiver["type"] == "prometheus-alertmanager"
    assert receiver["settings"] == {
        "url": "http://alertmanager:9093",
        "basicAuthUser": "admin",
        "basicAuthPassword": "$__file{/run/secrets/alertmanagerPassword}",
    }


def test_the_provider_knows_every_field() -> None:
    api = {"name": "api", "kind": "fastapi", "target": "api:8000"}
    (group,) = log_rule_groups(plan_of(api), PLACE)
    for rule in group.rules:
        grafana.alerting.RuleGroupRuleArgs(**rule)
        grafana.alerting.RuleGroupRuleNotificationSettingsArgs(**rule["notification_settings"])
        for data in rule["datas"]:
            grafana.alerting.RuleGroupRuleDataArgs(**data)

"""Every alert as a rule of Grafana: what is asked, when it fires, what it says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import promql_parser
import pulumiverse_grafana as grafana
import yaml

from catalog.alerts import LOGGED, shipped_alerts
from components.grafana_alerting.rules import rule_groups
from tests.conftest import PLACE, Deploy, Deployment
from tests.plans import plan_of
from tests.unit.components.grafana_alerting.conftest import STORES, deploy_managed

RULE_GROUP = "grafana:alerting/ruleGroup:RuleGroup"
PROMETHEUS = {"type": "prometheus", "uid": "prometheus"}
EXPRESSION = {"type": "__expr__", "uid": "__expr__"}
ANYTHING = "is_number($A) || is_nan($A) || is_inf($A)"
MANAGED = {"alerting": "managed"}
API = {"name": "api", "kind": "fastapi", "target": "api:8000"}


def shipped(deployment: Deployment) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Every alert that Prometheus would have: its group, the group's interval, the rule."""
    for text in deployment.program.plan.rule_files.values():
        for group in yaml.load(text, yaml.CSafeLoader)["groups"]:
            yield from (
                (group["name"], group.get("interval", "15s"), rule) for rule in group["rules"] if "alert" in rule
            )


def written(deployment: Deployment) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Every rule that Grafana gets, with its group."""
    groups = deployment.of(RULE_GROUP).values()
    return [(group.inputs, rule) for group in groups for rule in group.inputs["rules"]]


def test_grafana_gets_every_alert_that_is_shipped(deployed: Deploy) -> None:
    names = {rule["name"] for stores in STORES for _, rule in written(deploy_managed(deployed, *stores))}
    assert names == set(shipped_alerts())


def test_every_field_of_every_rule_is_that_of_prometheus(each_managed: Deployment) -> None:
    expected = list(shipped(each_managed))
    found = {rule["uid"]: (group, rule) for group, rule in written(each_managed)}
    assert len(found) == len(expected) == len(written(each_managed)) > 80
    about_logs = {name for name, alert in shipped_alerts().items() if alert.group == LOGGED}
    seen: dict[str, int] = {}
    for name, interval, rule in expected:
        seen[rule["alert"]] = copy = seen.get(rule["alert"], 0) + 1
        group, made = found[rule["alert"] if copy == 1 else f"{rule['alert']}-{copy}"]
        seconds = {"5s": 10, "15s": 20, "1m": 60}[interval]
        assert (group["name"], group["intervalSeconds"]) == (name, seconds)
        assert group["folderUid"] == ("monitoring" if copy == 1 else f"monitoring-{copy}")
        assert made["name"] == rule["alert"]
        assert (made["for"], made["keepFiringFor"]) == (rule.get("for", "0s"), rule.get("keep_firing_for", "0s"))
        keeps = {"s": 1, "m": 60, "h": 3600, "d": 86400}[made["keepFiringFor"][-1]] * int(made["keepFiringFor"][:-1])
        # Held as long as Prometheus would hold it, when its series vanishes from the result.
        held = made["missingSeriesEvalsToResolve"] * seconds
        assert keeps <= held < keeps + seconds or (keeps, held) == (0, seconds)
        assert made["labels"] == {**rule["labels"], "environment": "dev"}
        on_error = "KeepLast" if rule["alert"] in about_logs else "Error"
        assert (made["noDataState"], made["execErrState"], made["condition"]) == ("OK", on_error, "C")
        assert made["annotations"].keys() == rule["annotations"].keys() | {"og_priority"}
        if rule["alert"] in about_logs:
            # Of what they ask, tests/unit/components/grafana_alerting/test_logged.py has the rest.
            assert made["datas"][1]["datasourceUid"] in ("loki", "victorialogs")
            continue
        asked, anything, condition, *more = made["datas"]
        assert json.loads(asked["model"]) == {
            "refId": "A",
            "datasource": PROMETHEUS,
            "expr": rule["expr"],
            "instant": True,
            "range": False,
        }
        assert json.loads(anything["model"]) == {
            "refId": "B",
            "datasource": EXPRESSION,
            "type": "math",
            "expression": ANYTHING,
        }
        assert json.loads(condition["model"]) == {
            "refId": "C",
            "datasource": EXPRESSION,
            "type": "threshold",
            "expression": "B",
            "conditions": [{"evaluator": {"type": "gt", "params": [0]}}],
        }
        assert [(data["refId"], data["datasourceUid"]) for data in made["datas"]] == [
            ("A", "prometheus"),
            ("B", "__expr__"),
            ("C", "__expr__"),
            *((data["refId"], "prometheus") for data in more),
        ]
        for data in more:
            promql_parser.parse(json.loads(data["model"])["expr"])
        # What the texts show, and nothing else, is asked for.
        shown = set(re.findall(r"\$values\.([A-Z])\b", str(made["annotations"]))) - {"A"}
        assert shown == {data["refId"] for data in more}


def test_names_are_unique_in_a_folder_and_uids_everywhere(each_managed: Deployment) -> None:
    rules = written(each_managed)
    names = [(group["folderUid"], rule["name"]) for group, rule in rules]
    uids = [rule["uid"] for _, rule in rules]
    assert len(set(names)) == len(names)
    assert len(set(uids)) == len(uids)
    assert [uid for uid in uids if not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", uid)] == []
    groups = [(group.inputs["folderUid"], group.inputs["name"]) for group in each_managed.of(RULE_GROUP).values()]
    assert len(set(groups)) == len(groups)
    folders = {folder.inputs["uid"] for folder in each_managed.of("grafana:oss/folder:Folder").values()}
    assert {folder for folder, _ in names} == {uid for uid in folders if not uid.startswith("team-")}


def test_an_override_keeps_the_name_of_its_alert_in_a_folder_of_its_own(managed: Deployment) -> None:
    found = [(group["folderUid"], rule) for group, rule in written(managed) if rule["name"] == "ServiceDown"]
    (folder, rule), (other_folder, other) = found
    assert (folder, rule["uid"]) == ("monitoring", "ServiceDown")
    assert (other_folder, other["uid"], other["for"]) == ("monitoring-2", "ServiceDown-2", "7m")
    titles = {made.inputs["uid"]: made.inputs["title"] for made in managed.of("grafana:oss/folder:Folder").values()}
    assert titles["monitoring-2"] == "Monitoring: overridden alerts 2"


def test_links_are_whole(managed: Deployment) -> None:
    for _, rule in written(managed):
        annotations = rule["annotations"]
        assert annotations["runbook_url"].startswith("http"), rule["name"]
        assert annotations.get("dashboard_url", "https://grafana.example.com/").startswith(
            "https://grafana.example.com/"
        )


def test_opsgenie_reads_the_priority_from_the_alert(managed: Deployment) -> None:
    priorities = {(rule["labels"]["severity"], rule["annotations"]["og_priority"]) for _, rule in written(managed)}
    assert priorities == {("critical", "P1"), ("high", "P2"), ("warning", "P3"), ("none", "P3")}
    rules = [rule for group in rule_groups(plan_of(API, grafana=MANAGED), PLACE) for rule in group.rules]
    assert [rule for rule in rules if "og_priority" in rule["annotations"]] == []


def test_the_provider_knows_every_field() -> None:
    for group in rule_groups(plan_of(API, grafana=MANAGED), PLACE):
        for rule in group.rules:
            grafana.alerting.RuleGroupRuleArgs(**rule)
            for data in rule["datas"]:
                grafana.alerting.RuleGroupRuleDataArgs(**data)
                grafana.alerting.RuleGroupRuleDataRelativeTimeRangeArgs(**data["relative_time_range"])


def test_grafana_evaluates_no_more_often_than_it_can() -> None:
    intervals = {
        said: {
            group.interval
            for group in rule_groups(plan_of(API, grafana=MANAGED, prometheus={"evaluation_interval": said}), PLACE)
        }
        for said in ("5s", "10s", "1m")
    }
    assert intervals == {"5s": {10, 60}, "10s": {10, 60}, "1m": {10, 60}}


def test_rules_that_read_states_of_alerts_read_what_grafana_writes(each_managed: Deployment) -> None:
    """Prometheus evaluates no alert in such a stack: Grafana writes their states as the series of the same name."""
    env = dict(entry.split("=", 1) for entry in each_managed.container("grafana")["envs"])
    assert env["GF_UNIFIED_ALERTING_STATE_HISTORY_PROMETHEUS_METRIC_NAME"] == "ALERTS"
    texts = [text for name, text in each_managed.files("prometheus").items() if name.startswith("rules/")]
    recordings = [
        rule for text in texts for group in yaml.load(text, yaml.CSafeLoader)["groups"] for rule in group["rules"]
    ]
    assert [rule for rule in recordings if "alert" in rule] == []
    expressions = [*(rule["expr"] for rule in recordings), *(rule["expr"] for _, _, rule in shipped(each_managed))]
    selectors = [found for expression in expressions for found in re.findall(r"\bALERTS\w*(?:\{[^}]*\})?", expression)]
    assert selectors
    # The labels of a rule and of its series are there, and the state that Grafana names as Prometheus does.
    for selector in selectors:
        assert selector.startswith("ALERTS{"), selector
        assert 'alertstate="firing"' in selector, selector

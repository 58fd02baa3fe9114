"""What every shipped alert must have, read from the files alone: labels, annotations, runbook, tests."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from catalog import kinds
from catalog.alerts import ALWAYS, LOGGED, rule_file, shipped_alerts
from catalog.runbooks import GUIDE
from components.stores import all_stores, log_stores, trace_stores
from components.stores.store import Stores
from dashboards import all_dashboards
from settings.alerts import CAUSES, SEVERITIES
from tests.inhibition import declared_edges
from tests.plans import plan_of
from tests.promql import selectors
from tests.proof import (
    ROOT,
    RULES,
    RUNBOOKS,
    Alert,
    alerts,
    asked,
    emitters,
    expressions,
    load,
    runbook_queries,
    shipped_rules,
    summary,
    unaccounted,
)

CASES = ROOT / "tests" / "rules" / "cases"
TEST_FILES = sorted(RULES.glob("*.test.yml"))

# What happens by itself or beside another alert has no severity to route by and nothing to wait for.
NOT_TOLD = {"Heartbeat", "RecentCause"}
# Ratios of traffic: a single failure in a quiet hour must not be 100 %.
NEED_TRAFFIC = {
    "HighErrorRate",
    "HighLatency",
    "PrometheusCannotReachAlertmanager",
    "AlertmanagerNotificationsFailing",
    "LokiRequestErrors",
    "TempoDroppingSpans",
    "VictoriaLogsRequestErrors",
    "JaegerSearchErrors",
    "CollectorExportFailing",
    "CollectorRefusing",
    "TrafficVanished",
    "ErrorBudgetFastBurn",
    "ErrorBudgetMediumBurn",
    "ErrorBudgetSlowBurn",
    "ErrorBudgetTrickle",
    "LowCacheHitRate",
    "VectorSearchSlow",
    "LlmProviderErrors",
    "LlmTokensPerRequestJump",
    "BusinessMetricAnomaly",
    "AirflowTaskFailures",
    "GrafanaErrors",
    "GrafanaDatasourceDown",
    "FailuresLogged",
}
PAGES = [path for path in sorted(RUNBOOKS.glob("*.md")) if path.stem != GUIDE]
RUNBOOK_SECTIONS = ["Meaning", "Impact", "First three checks", "Mitigation", "Escalation", "When it is false"]
ALERTS = alerts()
# Any stack with an objective, which has a dashboard too.
EVERY_STACK = plan_of({"name": "api", "kind": "http", "target": "api:80", "slo": {"availability": 0.99}})
each_alert = pytest.mark.parametrize("alert", ALERTS.values(), ids=ALERTS)


def test_names_are_unique() -> None:
    names = Counter(rule["alert"] for _, rule in shipped_rules() if "alert" in rule)
    assert [name for name, count in names.items() if count > 1] == []


def test_the_catalogue_reads_the_same_alerts_as_the_tests_do() -> None:
    assert set(shipped_alerts()) == set(ALERTS)


def test_every_rule_file_belongs_to_a_kind_a_store_or_grafana_or_to_every_stack() -> None:
    used = {group for kind in kinds().values() for group in kind.rules} | set(ALWAYS)
    used |= {group for store in all_stores().values() for group in store.rules} | {LOGGED}
    assert {path.name for path in RULES.glob("*.rules.yml")} == {rule_file(group).name for group in used}


@each_alert
def test_severity_is_known(alert: Alert) -> None:
    severity = alert.rule["labels"]["severity"]
    assert severity == "none" if alert.name in NOT_TOLD else severity in SEVERITIES


@each_alert
def test_cause_is_known(alert: Alert) -> None:
    assert alert.rule["labels"]["cause"] in CAUSES


@each_alert
def test_it_waits_before_it_fires(alert: Alert) -> None:
    assert ("for" in alert.rule) == (alert.name not in NOT_TOLD)


@each_alert
def test_annotations_are_complete(alert: Alert) -> None:
    annotations = alert.rule["annotations"]
    assert set(annotations) == {"summary", "description", "runbook_url", "dashboard_url"}
    assert all(annotations.values())
    assert annotations["runbook_url"] == f"/{alert.name}.html"


@each_alert
def test_it_leads_to_a_dashboard_that_its_stack_has_with_its_service_chosen(alert: Alert) -> None:
    linked = re.fullmatch(
        r"/d/(\w+)/\1(?:\?var-(\w+)=\{\{ \$labels\.service \}\})?", alert.rule["annotations"]["dashboard_url"]
    )
    assert linked
    uid, variable = linked.groups()
    of_kinds = {name for kind in kinds().values() if alert.file in kind.rules for name in kind.dashboards}
    assert uid in of_kinds | set(EVERY_STACK.dashboards)
    document = all_dashboards(Stores(log_stores()[0], trace_stores()[0]))[uid]
    assert variable is None or variable in {each["name"] for each in document["templating"]["list"]}


@each_alert
def test_a_firing_case_shows_owner_severity_and_annotations(alert: Alert) -> None:
    assert alert.firing, "no test case in which it fires"
    for expected in alert.firing:
        assert expected["exp_labels"]["severity"] == alert.rule["labels"]["severity"]
        assert expected["exp_labels"].get("owner"), "the owner is lost"
        assert set(expected["exp_annotations"]) == set(alert.rule["annotations"])
        assert "<no value>" not in str(expected["exp_annotations"])


@cache
def long_cases() -> tuple[str, ...]:
    """Names of the cases of windows of days, which take long and are in files of their own."""
    return tuple(test["name"] for path in CASES.glob("*.test.yml") for test in load(path)["tests"])


@each_alert
def test_a_case_stays_silent(alert: Alert) -> None:
    assert alert.silent_in, "no test in which it stays silent throughout"
    floors = [
        name for name in (*alert.silent_in, *long_cases()) if name.startswith(alert.name) and "traffic floor" in name
    ]
    assert floors or alert.name not in NEED_TRAFFIC


def test_every_alert_has_a_runbook_and_no_runbook_is_left_over() -> None:
    assert {path.stem for path in PAGES} == set(ALERTS)


def test_every_metric_name_in_a_rule_or_a_panel_is_recorded_or_has_an_emitter_that_somebody_checked() -> None:
    assert unaccounted() == ()
    assert all(emitter.checked and emitter.metrics for emitter in emitters())


def test_no_list_of_emitters_names_a_metric_that_nothing_reads() -> None:
    read = [pattern for _, expression in (*expressions(), *asked()) for pattern in selectors(expression)]
    listed = {(emitter.file, metric) for emitter in emitters() for metric in emitter.metrics}
    assert {found for found in listed if not any(pattern.fullmatch(found[1]) for pattern in read)} == set()


def test_every_query_of_a_runbook_is_promql() -> None:
    wrong: dict[str, str] = {}
    for page, query in runbook_queries():
        try:
            selectors(query)
        except ValueError as error:
            wrong[page] = f"{query}: {error}"
    assert wrong == {}


def test_a_runbook_that_looks_into_logs_says_how_in_the_language_of_each_store() -> None:
    of_stores = {group for store in all_stores().values() for group in store.rules}
    shared = [alert for alert in ALERTS.values() if alert.file not in of_stores]
    looked = 0
    for alert in shared:
        text = alert.runbook.read_text(encoding="utf-8")
        logql = re.findall(r'```logql\n .*\{service_name="(.+?)"\} \| ?(?:~ (".+")|severity_number >= (\d+)).*\n', text)
        logsql = re.findall(
            r'```logsql\n +(?:\{service\.name="|service\.name:=")(.+?)"\}? (?:~(".+")|severity_number:>=(\d+)).*\n',
            text,
        )
        assert len(logql) == text.count("```logql") == text.count("```logsql"), alert.name
        assert logql == logsql, alert.name
        looked += len(logql)
    assert looked


def test_every_alert_is_proven() -> None:
    count = len(ALERTS)
    edges = len(declared_edges())
    assert summary() == (
        f"alerts {count}, with firing test {count}, with silent test {count}, with runbook {count}, "
        f"inhibition edges {edges}, with both tests {edges}, metric names unaccounted for 0"
    )


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_runbooks_have_the_same_sections(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith(f"# {path.stem}\n")
    parts = re.split(r"^## (.+)\n", text, flags=re.MULTILINE)
    sections = dict(zip(parts[1::2], parts[2::2], strict=True))
    assert list(sections) == RUNBOOK_SECTIONS
    assert all(section.strip() for section in sections.values())
    assert re.findall(r"^(\d)\. ", sections["First three checks"], re.MULTILINE) == ["1", "2", "3"]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_runbooks_have_commands_for_both_runtimes_and_leave_what_all_share_to_the_guide(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.partition("## First three checks\n")[2].startswith("[How to ask](README.md)")
    assert not re.search(r"127\.0\.0\.1:909|Password`", text), "the guide says it: <prometheus>, <alertmanager>"
    blocks = re.findall(r"^ *```(\w+(?: \w+)?)\n(.*?)^ *```\n", text, re.MULTILINE | re.DOTALL)
    languages = [language for language, _ in blocks]
    assert set(languages) <= {"promql", "logql", "logsql", "sh", "sh docker", "sh kubernetes"}
    after = [languages[index + 1 : index + 2] for index, found in enumerate(languages) if found == "sh docker"]
    assert after == [["sh kubernetes"]] * languages.count("sh kubernetes"), "each `sh docker`, then its `sh kubernetes`"
    assert not [body for language, body in blocks if language == "sh" and re.search(r"\b(docker|kubectl) ", body)]
    inline = re.sub(r"^ *```.*?^ *```\n", "", text, flags=re.MULTILINE | re.DOTALL)
    alone = re.findall(r"`docker (?:restart|start|stop|kill|logs|exec)[^`]*`(?! / `kubectl )", inline)
    assert alone == [], "`docker …` / `kubectl …`"
    assert "`make up`" not in inline, "`make up STACK=<stack>`: the stack may have any name"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_runbooks_say_the_severity_of_the_rule(path: Path) -> None:
    alert = ALERTS.get(path.stem)
    if alert is not None:
        said = f"Severity {alert.rule['labels']['severity']}"
        assert said in path.read_text(encoding="utf-8").split("\n## ")[0]


@pytest.mark.parametrize("path", TEST_FILES, ids=lambda path: path.name)
def test_groups_are_evaluated_in_the_order_of_the_file(path: Path) -> None:
    """Otherwise promtool picks any order, and what one group records may reach the next a round later."""
    document = load(path)
    groups = [group["name"] for file in document["rule_files"] for group in load(RULES / file)["groups"]]
    if len(groups) > 1:
        assert document.get("group_eval_order") == groups

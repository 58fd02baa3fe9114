"""What every shipped alert must have, read from the files alone: labels, annotations, runbook, tests."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
RULES, RUNBOOKS = ROOT / "rules", ROOT / "runbooks"
SEVERITIES = {"critical", "high", "warning", "info"}
# Alerts that are generated from the declared jobs instead of shipped; they have runbooks all the same.
GENERATED = {"JobMissing"}
# Always firing, so it has no severity to route by and nothing to wait for.
HEARTBEAT = "Heartbeat"
# Ratios of traffic: a single failure in a quiet hour must not be 100 %.
NEED_TRAFFIC = {
    "HighErrorRate",
    "HighLatency",
    "PrometheusCannotReachAlertmanager",
    "AlertmanagerNotificationsFailing",
    "LokiRequestErrors",
    "TempoDroppingSpans",
    "CollectorExportFailing",
    "CollectorRefusing",
}
RUNBOOK_SECTIONS = ["Meaning", "Impact", "First three checks", "Mitigation", "Escalation", "When it is false"]


@dataclass
class Alert:
    """A shipped alert and its test cases; `file` is the part of the file name that rules and tests share."""

    file: str
    rule: Mapping[str, Any]
    firing: list[Mapping[str, Any]] = field(default_factory=list)
    silent_in: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return str(self.rule["alert"])


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def read_rules() -> list[Alert]:
    return [
        Alert(path.name.removesuffix(".rules.yml"), rule)
        for path in sorted(RULES.glob("*.rules.yml"))
        for group in load(path)["groups"]
        for rule in group["rules"]
        if "alert" in rule
    ]


def read_alerts() -> dict[str, Alert]:
    alerts = {alert.name: alert for alert in read_rules()}
    for path in sorted(RULES.glob("*.test.yml")):
        for test in load(path)["tests"]:
            for case in test["alert_rule_test"]:
                alert = alerts.get(case["alertname"])
                assert alert, f"{path.name}: {case['alertname']} is no alert"
                assert f"{alert.file}.test.yml" == path.name
                alert.firing.extend(case["exp_alerts"])
                if not any(other["exp_alerts"] for other in test["alert_rule_test"]):
                    alert.silent_in.append(test["name"])
    return alerts


ALERTS = read_alerts()
each_alert = pytest.mark.parametrize("alert", ALERTS.values(), ids=ALERTS)


def test_names_are_unique() -> None:
    assert [name for name, count in Counter(alert.name for alert in read_rules()).items() if count > 1] == []
    assert not GENERATED & set(ALERTS)


@each_alert
def test_severity_is_known(alert: Alert) -> None:
    severity = alert.rule["labels"]["severity"]
    assert severity == "none" if alert.name == HEARTBEAT else severity in SEVERITIES


@each_alert
def test_it_waits_before_it_fires(alert: Alert) -> None:
    assert ("for" in alert.rule) == (alert.name != HEARTBEAT)


@each_alert
def test_annotations_are_complete(alert: Alert) -> None:
    annotations = alert.rule["annotations"]
    assert set(annotations) == {"summary", "description", "runbook", "dashboard"}
    assert all(annotations.values())
    assert annotations["runbook"] == f"runbooks/{alert.name}.md"
    assert annotations["dashboard"].startswith("/d/services/services")


@each_alert
def test_a_firing_case_shows_owner_severity_and_annotations(alert: Alert) -> None:
    assert alert.firing, "no test case in which it fires"
    for expected in alert.firing:
        assert expected["exp_labels"]["severity"] == alert.rule["labels"]["severity"]
        assert expected["exp_labels"].get("owner"), "the owner is lost"
        assert set(expected["exp_annotations"]) == set(alert.rule["annotations"])
        assert "<no value>" not in str(expected["exp_annotations"])


@each_alert
def test_a_case_stays_silent(alert: Alert) -> None:
    assert alert.silent_in, "no test in which it stays silent throughout"
    floors = [name for name in alert.silent_in if "traffic floor" in name]
    assert bool(floors) == (alert.name in NEED_TRAFFIC)


def test_every_alert_has_a_runbook_and_no_runbook_is_left_over() -> None:
    assert {path.stem for path in RUNBOOKS.glob("*.md")} == set(ALERTS) | GENERATED


@pytest.mark.parametrize("path", sorted(RUNBOOKS.glob("*.md")), ids=lambda path: path.stem)
def test_runbooks_have_the_same_sections(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith(f"# {path.stem}\n")
    parts = re.split(r"^## (.+)\n", text, flags=re.MULTILINE)
    sections = dict(zip(parts[1::2], parts[2::2], strict=True))
    assert list(sections) == RUNBOOK_SECTIONS
    assert all(section.strip() for section in sections.values())
    assert re.findall(r"^(\d)\. ", sections["First three checks"], re.MULTILINE) == ["1", "2", "3"]


@pytest.mark.parametrize("path", sorted(RUNBOOKS.glob("*.md")), ids=lambda path: path.stem)
def test_runbooks_say_the_severity_of_the_rule(path: Path) -> None:
    alert = ALERTS.get(path.stem)
    if alert is not None:
        said = f"Severity {alert.rule['labels']['severity']}"
        assert said in path.read_text(encoding="utf-8").split("\n## ")[0]

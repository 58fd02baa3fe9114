"""What is asked of each program's API, and what is read from its answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from operations.verify.clients import AlertmanagerApi, PrometheusApi


@dataclass
class Answer:
    """An API that always says the same, and keeps what it was asked."""

    answer: Any
    asked: list[tuple[str, Mapping[str, str] | None]] = field(default_factory=list)
    sent: list[tuple[str, str, object]] = field(default_factory=list)

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        self.asked.append((path, params))
        return self.answer

    def text(self, path: str, params: Mapping[str, str] | None = None) -> str:
        return json.dumps(self.get(path, params))

    def send(self, method: Literal["POST", "DELETE"], path: str, document: object = None) -> str:
        self.sent.append((method, path, document))
        return json.dumps(self.answer)


def test_only_active_targets_are_asked_for() -> None:
    api = Answer({"data": {"activeTargets": [{"scrapePool": "a"}]}})
    assert PrometheusApi(api).targets() == [{"scrapePool": "a"}]
    assert api.asked == [("/api/v1/targets", {"state": "active"})]


def test_rules_come_in_their_groups() -> None:
    api = Answer({"data": {"groups": [{"file": "a"}]}})
    assert PrometheusApi(api).rule_groups() == [{"file": "a"}]
    assert api.asked == [("/api/v1/rules", None)]


def test_alerts_come_as_prometheus_has_them() -> None:
    api = Answer({"data": {"alerts": [{"state": "firing"}]}})
    assert PrometheusApi(api).alerts() == [{"state": "firing"}]
    assert api.asked == [("/api/v1/alerts", None)]


def test_a_vector_is_labels_and_a_number_for_each_series() -> None:
    api = Answer({"data": {"result": [{"metric": {"job": "a"}, "value": [1, "0.5"]}]}})
    assert PrometheusApi(api).query("up") == [({"job": "a"}, 0.5)]
    assert api.asked == [("/api/v1/query", {"query": "up"})]


def test_alertmanager_is_asked_for_one_alert_by_name() -> None:
    api = Answer([{"status": {"state": "active"}}, {"status": {"state": "suppressed"}}])
    assert AlertmanagerApi(api).states("Heartbeat") == ["active", "suppressed"]
    assert api.asked == [("/api/v2/alerts", {"filter": 'alertname="Heartbeat"'})]


def test_alertmanager_is_asked_for_all_alerts_their_groups_and_silences() -> None:
    api = Answer([{"status": {"state": "active"}}])
    alertmanager = AlertmanagerApi(api)
    assert alertmanager.alerts() == alertmanager.groups() == alertmanager.silences() == api.answer
    assert [path for path, _ in api.asked] == ["/api/v2/alerts", "/api/v2/alerts/groups", "/api/v2/silences"]


def test_alerts_and_silences_are_sent_as_documents() -> None:
    api = Answer({"silenceID": "b-1"})
    alertmanager = AlertmanagerApi(api)
    alertmanager.raise_alert({"labels": {"alertname": "A"}})
    assert alertmanager.silence({"comment": "x"}) == "b-1"
    alertmanager.end_silence("b-1")
    assert api.sent == [
        ("POST", "/api/v2/alerts", [{"labels": {"alertname": "A"}}]),
        ("POST", "/api/v2/silences", {"comment": "x"}),
        ("DELETE", "/api/v2/silence/b-1", None),
    ]

"""The running stack: what was declared, and how to ask each part of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import httpx

from components.endpoints import ALERTMANAGER, GRAFANA, PROMETHEUS, Endpoint
from components.stores import stores_of
from components.stores.store import Answer, LogLine, Question, Stores
from operations.verify.clients import AlertmanagerApi, PrometheusApi
from operations.verify.declared import Declared
from runtimes.health import Api, Health

_AS_PROMETHEUS, _AS_ALERTMANAGER = "/api/prometheus/grafana", "/api/alertmanager/grafana"


@dataclass(frozen=True)
class _Below:
    """What an API has below a path."""

    api: Api
    path: str

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        return self.api.get(f"{self.path}{path}", params)

    def text(self, path: str, params: Mapping[str, str] | None = None) -> str:
        return self.api.text(f"{self.path}{path}", params)

    def send(self, method: Literal["POST", "DELETE"], path: str, document: object = None) -> str:
        return self.api.send(method, f"{self.path}{path}", document)


@dataclass(frozen=True)
class Live:
    """Everything a check may ask.

    Attributes:
        http: asks addresses of this machine as a stranger would: without a login.
        now: seconds since 1970.
    """

    declared: Declared
    health: Health
    http: httpx.Client
    now: Callable[[], float] = time.time

    @property
    def prometheus(self) -> PrometheusApi:
        """Prometheus."""
        return PrometheusApi(self.health.api(PROMETHEUS))

    @property
    def judge(self) -> PrometheusApi:
        """Whoever evaluates alert rules. Grafana answers as Prometheus does."""
        return PrometheusApi(_Below(self.health.api(GRAFANA), _AS_PROMETHEUS)) if self._managed else self.prometheus

    @property
    def alertmanager(self) -> AlertmanagerApi:
        """Whoever routes alerts. Grafana answers as Alertmanager does."""
        if self._managed:
            return AlertmanagerApi(_Below(self.health.api(GRAFANA), _AS_ALERTMANAGER))
        return AlertmanagerApi(self.health.api(ALERTMANAGER))

    @property
    def judging(self) -> Endpoint:
        """Where alert rules are evaluated."""
        return GRAFANA if self._managed else PROMETHEUS

    @property
    def routing(self) -> Endpoint:
        """Where alerts are routed."""
        return GRAFANA if self._managed else ALERTMANAGER

    @property
    def stores(self) -> Stores:
        """The stores of logs and traces."""
        return stores_of(self.declared.settings)

    @property
    def _managed(self) -> bool:
        return self.declared.settings.grafana.manages_alerts

    def ask(self, question: Question[Answer]) -> Answer:
        """What a store answers.

        Raises:
            NoAnswerError: when it does not.
        """
        return question.read(self.health.api(question.endpoint).text(question.path, question.params))

    def logs(self, workload: str) -> str:
        """The command that shows what a workload said."""
        return self.health.logs(workload)

    def age(self, line: LogLine) -> str:
        """How long ago a line was written."""
        return f"{max(0, round(self.now() - line.seconds))} s old"

"""The running stack: what was declared, and how to ask each part of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from components.endpoints import ALERTMANAGER, PROMETHEUS
from components.stores import stores_of
from components.stores.store import Answer, LogLine, Question, Stores
from operations.verify.clients import AlertmanagerApi, PrometheusApi
from operations.verify.declared import Declared
from runtimes.health import Health


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
    def alertmanager(self) -> AlertmanagerApi:
        """Alertmanager."""
        return AlertmanagerApi(self.health.api(ALERTMANAGER))

    @property
    def stores(self) -> Stores:
        """The stores of logs and traces."""
        return stores_of(self.declared.settings)

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

"""The running stack: what was declared, and how to ask each part of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from components.endpoints import ALERTMANAGER, LOKI, PROMETHEUS, TEMPO
from operations.verify.clients import AlertmanagerApi, LogLine, LokiApi, PrometheusApi, TempoApi
from operations.verify.declared import Declared
from runtimes.health import Health


@dataclass(frozen=True)
class Live:
    """Everything a check may ask."""

    declared: Declared
    health: Health
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
    def loki(self) -> LokiApi:
        """Loki."""
        return LokiApi(self.health.api(LOKI))

    @property
    def tempo(self) -> TempoApi:
        """Tempo."""
        return TempoApi(self.health.api(TEMPO))

    def logs(self, workload: str) -> str:
        """The command that shows what a workload said."""
        return self.health.logs(workload)

    def age(self, line: LogLine) -> str:
        """How long ago a line was written."""
        return f"{max(0, round(self.now() - line.seconds))} s old"

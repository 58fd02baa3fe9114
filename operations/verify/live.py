"""The running stack: what was declared, and how to ask each part of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from catalog.plan import BasicAuth
from components import loki, tempo
from components.shared import ALERTMANAGER_LOGIN, PROMETHEUS_LOGIN
from operations.verify.clients import Alertmanager, InsideApi, LogLine, Loki, Prometheus, PublishedApi, Tempo
from operations.verify.declared import Declared
from operations.verify.engine import Engine


@dataclass(frozen=True)
class Live:
    """Everything a check may ask."""

    declared: Declared
    engine: Engine
    http: httpx.Client
    now: Callable[[], float] = time.time

    @property
    def prometheus(self) -> Prometheus:
        """Prometheus, over loopback."""
        ports = self.declared.settings.docker.ports
        return Prometheus(self._published("prometheus", ports.prometheus, PROMETHEUS_LOGIN))

    @property
    def alertmanager(self) -> Alertmanager:
        """Alertmanager, over loopback."""
        ports = self.declared.settings.docker.ports
        return Alertmanager(self._published("alertmanager", ports.alertmanager, ALERTMANAGER_LOGIN))

    @property
    def loki(self) -> Loki:
        """Loki, from inside its container."""
        return Loki(InsideApi(self.engine, self.declared.container("loki"), loki.PORT))

    @property
    def tempo(self) -> Tempo:
        """Tempo, from inside its container."""
        return Tempo(InsideApi(self.engine, self.declared.container("tempo"), tempo.PORT))

    def age(self, line: LogLine) -> str:
        """How long ago a line was written."""
        return f"{max(0, round(self.now() - line.seconds))} s old"

    def _published(self, workload: str, port: int, login: BasicAuth) -> PublishedApi:
        return PublishedApi(
            name=workload,
            url=f"http://127.0.0.1:{port}",
            username=login.username,
            password=lambda: self.declared.password(workload, login.secret),
            http=self.http,
            logs=self.declared.logs(workload),
            up=self.declared.up(),
        )

"""Whether the things that the API needs answer, for its health endpoints and as metrics."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Literal

from opentelemetry.instrumentation.utils import suppress_instrumentation

from memory_service.metrics import Metrics

Status = Literal["ok", "degraded", "down"]

# Seconds.
CHECK_TIMEOUT = 1.0
DEGRADED_LATENCY = 0.25
REFRESH_INTERVAL = 5.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Dependency:
    """One thing that the API needs.

    Args:
        name: the label and the key in `/health/detailed`.
        ping: returns when the dependency answered; any exception means that it did not.
        required: False when the API can do its work, if more slowly, without it.
        near_limit: True when the dependency answers but little is left of it.
    """

    name: str
    ping: Callable[[], Awaitable[None]]
    required: bool = True
    near_limit: Callable[[], bool] = lambda: False


@dataclass(frozen=True)
class Finding:
    """The outcome of one check: `reason` says why the status is not ok."""

    status: Status
    latency_seconds: float
    reason: str | None = None


@dataclass(frozen=True)
class Report:
    """The outcome of all checks, by dependency."""

    status: Status
    dependencies: Mapping[str, Finding]

    @property
    def ready(self) -> bool:
        """Whether every dependency answered, required or not."""
        return all(finding.status != "down" for finding in self.dependencies.values())


class HealthChecker:
    """Checks all dependencies at once and keeps their gauges and the log up to date.

    Args:
        dependencies: what to check.
        metrics: receives `dependency_up`, `dependency_degraded` and `dependency_latency_seconds`.
        timeout: seconds after which a dependency counts as down; 1 unless said otherwise.
        degraded_latency: seconds above which an answer counts as degraded; 0.25 unless said otherwise.
    """

    def __init__(
        self,
        dependencies: tuple[Dependency, ...],
        metrics: Metrics,
        timeout: float = CHECK_TIMEOUT,
        degraded_latency: float = DEGRADED_LATENCY,
    ) -> None:
        self._dependencies = dependencies
        self._metrics = metrics
        self._timeout = timeout
        self._degraded_latency = degraded_latency
        self._last: dict[str, Status] = {}

    async def check(self) -> Report:
        """Ask every dependency now; takes at most the timeout."""
        # Checks run every few seconds for ever; as spans they would be most of what is stored.
        with suppress_instrumentation():
            findings = await asyncio.gather(*(self._check(dependency) for dependency in self._dependencies))
        status: Status = "ok"
        for dependency, finding in zip(self._dependencies, findings, strict=True):
            if finding.status == "down" and dependency.required:
                status = "down"
            elif finding.status != "ok" and status == "ok":
                status = "degraded"
            self._record(dependency.name, finding)
        names = (dependency.name for dependency in self._dependencies)
        return Report(status, dict(zip(names, findings, strict=True)))

    async def refresh_forever(self, interval: float = REFRESH_INTERVAL) -> None:
        """Keep the gauges fresh when nobody calls a health endpoint. Ends only by cancellation.

        Args:
            interval: seconds between two checks; 5 unless said otherwise.
        """
        while True:
            await self.check()
            await asyncio.sleep(interval)

    async def _check(self, dependency: Dependency) -> Finding:
        near_limit = dependency.near_limit()
        started = perf_counter()
        try:
            await asyncio.wait_for(dependency.ping(), self._timeout)
        except TimeoutError:
            return Finding("down", perf_counter() - started, f"no answer within {self._timeout:g} s")
        except Exception as error:
            # Whatever a driver raises: a health check reports, it never fails.
            return Finding("down", perf_counter() - started, type(error.__cause__ or error).__name__)
        latency = perf_counter() - started
        if latency > self._degraded_latency:
            return Finding("degraded", latency, f"answered after more than {self._degraded_latency:g} s")
        if near_limit:
            return Finding("degraded", latency, "nearly all connections are in use")
        return Finding("ok", latency)

    def _record(self, name: str, finding: Finding) -> None:
        self._metrics.dependency_up.labels(name).set(finding.status != "down")
        self._metrics.dependency_degraded.labels(name).set(finding.status == "degraded")
        self._metrics.dependency_latency.labels(name).set(finding.latency_seconds)
        before = self._last.get(name)
        self._last[name] = finding.status
        if before == finding.status or (before is None and finding.status == "ok"):
            return
        fields = {"dependency": name, "dependency_status": finding.status, "reason": finding.reason}
        level = logging.INFO if finding.status == "ok" else logging.WARNING
        _log.log(level, "a dependency changed its state", extra={"fields": fields})

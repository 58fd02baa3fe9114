"""What a fire drill is: a fault, who must be told of it and how fast, and what must stay silent meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Literal

from catalog.alerts import shipped_alerts
from components.endpoints import CADVISOR, NODE_EXPORTER
from operations.drill.world import World

Recorded = Literal["page", "notify", "heartbeat"]
Fault = Callable[[World], AbstractContextManager[None]]
"""Causes something on entry and repairs it on exit, also after a failure."""

PAGED_SECONDS = 90.0
"""Within which ServiceDown reaches its receiver: issue 9 asks for it."""
HEARTBEAT_MISSED_SECONDS = 120.0
"""After which the demo's receiver of heartbeats is taken to raise the alarm: they come every minute."""


@dataclass(frozen=True)
class Alert:
    """Alerts of one name about one service; `service` is empty for the heartbeat, which is about none."""

    name: str
    service: str

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether an alert with these labels is meant."""
        return (labels.get("alertname"), labels.get("service", "")) == (self.name, self.service)

    @property
    def usual_labels(self) -> Mapping[str, str]:
        """Labels that it has as it is shipped, as far as inhibitions and groups of messages ask for them."""
        shipped = shipped_alerts()[self.name]
        return {
            "alertname": self.name,
            "service": self.service,
            "cause": shipped.cause,
            "severity": shipped.severity,
        }

    def __str__(self) -> str:
        return f"{self.name} of {self.service}" if self.service else self.name


MACHINE_ITSELF = (
    Alert("HostCpuSaturated", NODE_EXPORTER.workload),
    Alert("HostOomKill", NODE_EXPORTER.workload),
    Alert("HostClockUnsynchronised", NODE_EXPORTER.workload),
    Alert("ContainerRestartLoop", CADVISOR.workload),
    Alert("ContainerNearMemoryLimit", CADVISOR.workload),
)
"""What may be true of a machine that others use too, and of their containers, whatever is drilled on it."""


@dataclass(frozen=True)
class Drill:
    """One fault and what must come of it.

    Attributes:
        name: by which it is run, unique.
        fault: what is done, for people.
        inject: does it.
        expects: the alert that must arrive.
        receiver: which of the demo's receivers must get it; heartbeat: whose messages must stop.
        within: seconds from the fault to the message.
        touches: services whose alerts it may raise. Drills that share one never run side by side.
        heard: further alerts of which people may be told, but not paged: they say something else, and may be true
            before the fault and after its repair. So may MACHINE_ITSELF.
        alone: nothing else may run beside it, because it concerns how all messages are made or sent.
        silent: consequences of which nobody may be told, because the alert above says all.
        held: seconds that the fault lasts at least, so that consequences have the time to show.
        resolves_within: seconds from the repair until everything is quiet and the receiver knows: how long its
            alerts are kept, and the interval of its group.
        needs: workloads without which it cannot be caused.
        length: short: one of those that run in CI; long: takes more than a quarter of an hour, and runs only when it
            is named or asked for.
        incident: it is scripted after one of life, with consequences. What people would have been told of it under
            plain rules is counted too.
    """

    name: str
    fault: str
    inject: Fault
    expects: Alert
    receiver: Recorded
    within: float
    touches: frozenset[str]
    heard: tuple[Alert, ...] = ()
    alone: bool = False
    silent: tuple[Alert, ...] = ()
    held: float = 0.0
    resolves_within: float = 480.0
    needs: tuple[str, ...] = ()
    length: Literal["short", "normal", "long"] = "normal"
    incident: bool = False

    def waited_for(self, patience: float) -> Drill:
        """The same drill, whose messages may take so many times as long."""
        return replace(self, within=self.within * patience, resolves_within=self.resolves_within * patience)

    def may_be_heard(self, labels: Mapping[str, str]) -> bool:
        """Whether people may be told of an alert with these labels beside the expected one."""
        beside = (alert for alert in (*self.heard, *MACHINE_ITSELF) if alert != self.expects)
        return any(alert.matches(labels) for alert in beside)

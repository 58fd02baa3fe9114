"""A world whose time passes only when somebody waits: what is told when is written down beforehand."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from alerting.edges import Edge
from operations.drill.drill import Alert
from operations.drill.told import Delivery, Held
from operations.drill.world import World

DOWN = Alert("ServiceDown", "shop")
BEGAN = 1000.0


@dataclass
class Script(threading.Event):
    """Seconds pass in its waits. `told` and `seen` are what has come by then, by the second they come in."""

    now: float = BEGAN
    told: list[Delivery] = field(default_factory=list)
    seen: Callable[[float], Sequence[Held]] = lambda _: ()
    stops_at: float = float("inf")
    unheard: str = ""
    back_at: float = 0.0

    def __post_init__(self) -> None:
        super().__init__()

    def wait(self, timeout: float | None = None) -> bool:
        self.now += timeout or 0
        return self.now >= self.stops_at

    @property
    def deliveries(self) -> list[Delivery]:
        return [delivery for delivery in self.told if delivery.arrived <= self.now]

    @property
    def active(self) -> Sequence[Held]:
        return self.seen(self.now)

    @property
    def unseen(self) -> str:
        """Why nobody would be told, until the second in which all is back."""
        return "" if self.now >= BEGAN + self.back_at else "prometheus does not answer."

    def require_alive(self) -> None:
        """Always."""

    @property
    def sightings(self) -> list[tuple[float, Held]]:
        return [(self.now, held) for held in self.active]


def labels(alert: Alert) -> dict[str, str]:
    return {"alertname": alert.name, "service": alert.service}


def fires(second: float, alert: Alert = DOWN, receiver: str = "page") -> Delivery:
    return Delivery(BEGAN + second, receiver, (labels(alert),), ())


def ends(second: float, alert: Alert = DOWN, receiver: str = "page") -> Delivery:
    return Delivery(BEGAN + second, receiver, (), (labels(alert),))


def world_of(script: Script, inhibitions: tuple[Edge, ...] = ()) -> World:
    """The world in which a script is played."""
    return World(
        live=cast(Any, None),
        client=cast(Any, None),
        watch=cast(Any, script),
        directory=Path(),
        inhibitions=inhibitions,
        stopping=script,
        clock=lambda: script.now,
    )

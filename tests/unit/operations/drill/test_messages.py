"""What carries the messages dies beside what they are about: in which order, and what is waited for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from operations.drill.drill import Alert
from operations.drill.faults.messages import one_of_each_lost
from operations.drill.told import Held
from tests.unit.operations.drill.scripts import BEGAN, Script, labels, world_of


@dataclass
class Daemon:
    """Docker, which writes down what is done to which container."""

    done: list[str] = field(default_factory=list)

    @property
    def containers(self) -> Daemon:
        return self

    def get(self, name: str) -> Named:
        return Named(self, name.removeprefix("monitoring-test-"))


@dataclass
class Named:
    """A container of it."""

    daemon: Daemon
    name: str

    def kill(self) -> None:
        self.daemon.done.append(f"kill {self.name}")

    def start(self) -> None:
        self.daemon.done.append(f"start {self.name}")


@dataclass
class Declared:
    """A stack's name."""

    stack: str = "test"
    declared: Any = None


def knows_again_after(second: float) -> Script:
    """The first Alertmanager has the alert from that second on."""
    known = (Held(labels(Alert("ServiceDown", "memory-traffic")), inhibited=False),)

    def seen(now: float) -> Sequence[Held]:
        return known if now >= BEGAN + second else ()

    return Script(seen=seen)


def test_what_died_beside_the_fault_is_back_and_could_tell_it_again_before_the_fault_ends() -> None:
    daemon, script = Daemon(), knows_again_after(20)
    world = replace(world_of(script), client=cast(Any, daemon), live=cast(Any, Declared(declared=Declared())))
    with one_of_each_lost(world):
        assert daemon.done == ["kill memory-traffic", "kill alertmanager", "kill prometheus"]
    assert daemon.done[3:] == ["start prometheus", "start alertmanager", "start memory-traffic"]
    # A page's groups are looked at every minute.
    assert script.now >= BEGAN + 20 + 60

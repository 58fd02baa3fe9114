"""A soak: nothing is broken on purpose, and nobody may be told of anything."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import pairwise

from operations.drill.drill import HEARTBEAT_MISSED_SECONDS
from operations.drill.run import RECEIVERS
from operations.drill.told import Delivery, is_for_people, name_of
from operations.drill.world import World
from settings.receiver import HEARTBEAT_RECEIVER


def soaked(world: World, seconds: float) -> list[str]:
    """Watch a stack that is left alone.

    Args:
        seconds: how long.

    Returns:
        What was not silent, a sentence each: what fires already, each message, a heartbeat that did not come.

    Raises:
        StoppedError: when the run is stopped.
        Failure: when nobody watches what is told any more.
    """
    began = world.clock()
    firing = sorted({name_of(alert.labels) for alert in world.watch.active if is_for_people(alert)})
    world.until(lambda: False, seconds)
    heard = [delivery for delivery in world.watch.deliveries if delivery.arrived >= began]
    beats = (delivery.arrived for delivery in heard if delivery.receiver == HEARTBEAT_RECEIVER)
    pause = _longest_pause((began, *beats, world.clock()))
    return [
        *(f"{name} fires already." for name in firing),
        *(_sentence(delivery) for delivery in heard if delivery.receiver in RECEIVERS),
        *(
            [f"No heartbeat for {pause:.0f} s: nothing could have been heard."]
            if pause > HEARTBEAT_MISSED_SECONDS
            else []
        ),
    ]


def _sentence(delivery: Delivery) -> str:
    when = datetime.fromtimestamp(delivery.arrived, UTC).strftime("%H:%M:%S")
    what = ", ".join(sorted(set(map(name_of, delivery.firing or delivery.resolved))))
    return f"{delivery.receiver} was told at {when} UTC that {what} {'fires' if delivery.firing else 'is over'}."


def _longest_pause(moments: Iterable[float]) -> float:
    return max(later - earlier for earlier, later in pairwise(moments))

"""A stack that is left alone: what counts as silence, in a world whose time passes only when somebody waits."""

from __future__ import annotations

import pytest

from operations.drill.drill import Alert
from operations.drill.soak import soaked
from operations.drill.told import Delivery, Held
from tests.unit.operations.drill.scripts import BEGAN, Script, ends, fires, labels, world_of

BEAT, DOWN = Alert("Heartbeat", ""), Alert("ServiceDown", "shop")
BEATS = [fires(second, BEAT, "heartbeat") for second in range(10, 1800, 60)]


def soak(*told: Delivery, firing: tuple[Alert, ...] = (), beats: list[Delivery] = BEATS) -> list[str]:
    held = [Held(labels(alert), inhibited=False) for alert in firing]
    return soaked(world_of(Script(told=[*beats, *told], seen=lambda _: held)), 1800)


def test_heartbeats_and_what_is_only_recorded_are_silence() -> None:
    assert soak(fires(300, DOWN, "history"), firing=(BEAT, Alert("RecentCause", "shop"))) == []


@pytest.mark.parametrize("receiver", ["page", "notify"])
def test_each_message_is_told_with_its_time(receiver: str) -> None:
    assert soak(fires(300, DOWN, receiver), ends(900, DOWN, receiver)) == [
        f"{receiver} was told at 00:21:40 UTC that ServiceDown of shop fires.",
        f"{receiver} was told at 00:31:40 UTC that ServiceDown of shop is over.",
    ]


def test_what_was_told_before_it_began_does_not_count() -> None:
    assert soak(Delivery(BEGAN - 1, "page", (labels(DOWN),), ())) == []


def test_what_fires_already_is_not_silence() -> None:
    assert soak(firing=(BEAT, DOWN)) == ["ServiceDown of shop fires already."]


def test_silence_without_heartbeats_proves_nothing() -> None:
    assert soak(beats=BEATS[:10]) == ["No heartbeat for 1250 s: nothing could have been heard."]

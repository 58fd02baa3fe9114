"""What carries the messages is away: who evaluates, who sends, who receives."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from alerting.routing import HEARTBEAT
from components.demo import RECORDER, TRAFFIC
from components.endpoints import ALERTMANAGER, PROMETHEUS
from components.replicas import PEER_SECONDS
from operations.drill.drill import HEARTBEAT_MISSED_SECONDS, PAGED_SECONDS, Alert, Drill
from operations.drill.faults.containers import killed
from operations.drill.world import World

_OUTAGE_SECONDS = 120.0
# A page's group is looked at every minute: in this time whoever does not know that it is told would tell it again.
_ROUND_SECONDS = 75.0
_RETURNS_WITHIN_SECONDS = 180.0
# Prometheus' own: it sends each alert again every minute, and each time says that it lasts four times as long.
_ALERTS_LAST_SECONDS = 240.0
_TRAFFIC_DOWN = Alert("ServiceDown", TRAFFIC)


@contextmanager
def unheard(world: World) -> Iterator[None]:
    """The receiver is away for two minutes, and meanwhile something else dies."""
    with killed(TRAFFIC)(world):
        with killed(RECORDER)(world):
            world.sleep(_OUTAGE_SECONDS)
        yield


@contextmanager
def one_of_each_lost(world: World) -> Iterator[None]:
    """One Alertmanager and one Prometheus die with the demo's traffic, and come back before it does."""
    with killed(TRAFFIC)(world):
        with killed(ALERTMANAGER.workload)(world), killed(PROMETHEUS.workload)(world):
            yield
        # What is watched is what the first Alertmanager has: it knows again what it was not there to be told.
        world.until(
            lambda: any(_TRAFFIC_DOWN.matches(alert.labels) for alert in world.watch.active), _RETURNS_WITHIN_SECONDS
        )
        world.sleep(_ROUND_SECONDS)


def _missed(workload: str, goes_on: float = 0.0) -> Drill:
    """Nobody is left to send anything: whoever expects the heartbeat notices.

    Args:
        goes_on: seconds that it is sent beyond the fault.
    """
    return Drill(
        name=f"{workload}-killed",
        fault=f"{workload} is dead, and the heartbeat stops",
        inject=killed(workload),
        expects=Alert(HEARTBEAT, ""),
        receiver="heartbeat",
        # It may have been sent just before the fault, and is missed some time after it was due.
        within=HEARTBEAT_MISSED_SECONDS + 90 + goes_on,
        touches=frozenset({ALERTMANAGER.workload, PROMETHEUS.workload}),
        alone=True,
        resolves_within=300,
    )


DRILLS = (
    Drill(
        name="receiver-down",
        fault="the receiver is away for two minutes, and meanwhile the demo's traffic dies",
        inject=unheard,
        expects=_TRAFFIC_DOWN,
        receiver="page",
        # From the end of the outage: Alertmanager tries again and again, with longer and longer pauses.
        within=120,
        touches=frozenset({TRAFFIC, ALERTMANAGER.workload}),
        alone=True,
    ),
    Drill(
        name="one-of-each-killed",
        fault="one of three Alertmanagers and one of two Prometheus die, and with them the demo's traffic",
        inject=one_of_each_lost,
        expects=_TRAFFIC_DOWN,
        receiver="page",
        # Each Alertmanager waits for those before it.
        within=PAGED_SECONDS + 2 * PEER_SECONDS,
        touches=frozenset({TRAFFIC, ALERTMANAGER.workload, PROMETHEUS.workload}),
        heard=tuple(Alert("TargetsDown", name) for name in (ALERTMANAGER.workload, PROMETHEUS.workload)),
        alone=True,
        needs=(f"{ALERTMANAGER.workload}-2", f"{PROMETHEUS.workload}-2"),
    ),
    _missed(ALERTMANAGER.workload),
    _missed(PROMETHEUS.workload, goes_on=_ALERTS_LAST_SECONDS),
)

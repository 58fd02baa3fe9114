"""What carries the messages is away: who evaluates, who sends, who receives."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from alerting.routing import HEARTBEAT
from components.demo import RECORDER, TRAFFIC
from components.endpoints import ALERTMANAGER, PROMETHEUS
from operations.drill.drill import HEARTBEAT_MISSED_SECONDS, Alert, Drill
from operations.drill.faults.containers import killed
from operations.drill.world import World

_OUTAGE_SECONDS = 120.0


@contextmanager
def unheard(world: World) -> Iterator[None]:
    """The receiver is away for two minutes, and meanwhile something else dies."""
    with killed(TRAFFIC)(world):
        with killed(RECORDER)(world):
            world.sleep(_OUTAGE_SECONDS)
        yield


def _missed(workload: str) -> Drill:
    """Nobody is left to send anything: whoever expects the heartbeat notices."""
    return Drill(
        name=f"{workload}-killed",
        fault=f"{workload} is dead, and the heartbeat stops",
        inject=killed(workload),
        expects=Alert(HEARTBEAT, ""),
        receiver="heartbeat",
        # It may have been sent just before the fault, and is missed some time after it was due.
        within=HEARTBEAT_MISSED_SECONDS + 90,
        touches=frozenset({ALERTMANAGER.workload, PROMETHEUS.workload}),
        alone=True,
        resolves_within=300,
    )


DRILLS = (
    Drill(
        name="receiver-down",
        fault="the receiver is away for two minutes, and meanwhile the demo's traffic dies",
        inject=unheard,
        expects=Alert("ServiceDown", TRAFFIC),
        receiver="page",
        # From the end of the outage: Alertmanager tries again and again, with longer and longer pauses.
        within=120,
        touches=frozenset({TRAFFIC, ALERTMANAGER.workload}),
        alone=True,
    ),
    _missed(ALERTMANAGER.workload),
    _missed(PROMETHEUS.workload),
)

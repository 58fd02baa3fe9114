"""`availability: high`: how many replicas a component of alerting has, and what each is called."""

from __future__ import annotations

from dataclasses import replace

from components.endpoints import ALERTMANAGER, PROMETHEUS, GuardedEndpoint
from settings.model import StackSettings

# Two replicas of Alertmanager would do as well: it needs no majority. With three, one may be down for an update while
# another fails.
_HIGH = {ALERTMANAGER.workload: 3, PROMETHEUS.workload: 2}
PEER_SECONDS = 15
"""What an Alertmanager waits for each one before it to send a message; Alertmanager's own default.

A receiver that takes longer to answer is told twice.
"""


def alertmanagers(settings: StackSettings) -> tuple[GuardedEndpoint, ...]:
    """Every Alertmanager of a stack, of which people reach the first; none where Grafana manages alerts."""
    return () if settings.grafana.manages_alerts else _replicas(ALERTMANAGER, settings)


def prometheuses(settings: StackSettings) -> tuple[GuardedEndpoint, ...]:
    """Every Prometheus of a stack; people reach the first."""
    return _replicas(PROMETHEUS, settings)


def before(own: GuardedEndpoint, replicas: tuple[GuardedEndpoint, ...]) -> tuple[str, ...]:
    """The workload of the replica before this one, if there is one: an update waits until that is ready again."""
    return tuple(replica.workload for replica in replicas[: replicas.index(own)][-1:])


def title(replica: GuardedEndpoint) -> str:
    """What people call it: `Prometheus 2`."""
    return replica.workload.replace("-", " ").capitalize()


def _replicas(first: GuardedEndpoint, settings: StackSettings) -> tuple[GuardedEndpoint, ...]:
    # The first keeps the name that it has alone, and with it its data.
    count = _HIGH[first.workload] if settings.availability == "high" else 1
    others = (replace(first, workload=f"{first.workload}-{number}", reach="stack") for number in range(2, count + 1))
    return (first, *others)

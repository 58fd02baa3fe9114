"""Every drill there is, one file for each topic."""

from __future__ import annotations

from collections.abc import Sequence

from operations.drill.drill import Drill
from operations.drill.faults import (
    configuration,
    containers,
    databases,
    host,
    incidents,
    messages,
    reported,
    requests,
    senders,
    targets,
)

_TOPICS = (requests, databases, containers, configuration, host, reported, targets, senders, incidents, messages)


def all_drills() -> Sequence[Drill]:
    """All of them."""
    return [drill for topic in _TOPICS for drill in topic.DRILLS]

"""The plan of a whole stack: what its services ask for, and what its stores and its maintenance add."""

from __future__ import annotations

from alerting.maintenance import maintenance_recordings
from catalog.plan import MonitoringPlan
from catalog.planner import plan_for
from components.stores import stores_of
from settings.model import StackSettings


def planned(settings: StackSettings, stack: str) -> MonitoringPlan:
    """The plan of a stack: its services, its stores, and when there is maintenance."""
    stores = stores_of(settings)
    recordings = {**stores.recordings(settings), **maintenance_recordings(settings)}
    return plan_for(settings, stack, rules=stores.rules, recordings=recordings)

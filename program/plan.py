"""The plan of a whole stack: what its services ask for, and what its stores add."""

from __future__ import annotations

from catalog.plan import MonitoringPlan
from catalog.planner import plan_for
from components.stores import stores_of
from settings.model import StackSettings


def planned(settings: StackSettings, stack: str) -> MonitoringPlan:
    """The plan of a stack: its services, and what its stores add."""
    stores = stores_of(settings)
    return plan_for(settings, stack, rules=stores.rules, recordings=stores.recordings(settings))

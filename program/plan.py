"""The plan of a whole stack: what its services ask for, and what its stores and its maintenance add."""

from __future__ import annotations

from alerting.maintenance import maintenance_recordings
from catalog.alerts import LOGGED
from catalog.plan import MonitoringPlan
from catalog.planner import plan_for
from components.endpoints import GRAFANA
from components.links import dashboards_at
from components.stores import stores_of
from program.images import image_catalog, image_references
from settings.model import StackSettings


def planned(settings: StackSettings, stack: str) -> MonitoringPlan:
    """The plan of a stack: its services, its stores, maintenance, and alerts on logs where a Grafana evaluates them."""
    stores = stores_of(settings)
    shows = dashboards_at(settings, image_references(settings.images, image_catalog()))
    rules = (*stores.rules, *([LOGGED] if shows == GRAFANA else []))
    recordings = {**stores.recordings(settings), **maintenance_recordings(settings)}
    return plan_for(settings, stack, rules=rules, recordings=recordings)

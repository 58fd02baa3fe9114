"""The plan of a whole stack: what its services ask for, and what its stores and its maintenance add."""

from __future__ import annotations

from alerting.maintenance import maintenance_recordings
from catalog.alerts import LOGGED
from catalog.plan import MonitoringPlan
from catalog.planner import plan_for
from components.endpoints import GRAFANA
from components.stores import stores_of
from program.images import image_catalog, image_references
from settings.model import StackSettings


def planned(settings: StackSettings, stack: str) -> MonitoringPlan:
    """The plan of a stack: its services, its stores, maintenance, and alerts on logs where a Grafana evaluates them."""
    stores = stores_of(settings)
    rules = (*stores.rules, *([LOGGED] if _has_grafana(settings) else []))
    recordings = {**stores.recordings(settings), **maintenance_recordings(settings)}
    return plan_for(settings, stack, rules=rules, recordings=recordings)


def _has_grafana(settings: StackSettings) -> bool:
    """Whether there is one to evaluate alerts on logs."""
    return not settings.grafana.is_own or GRAFANA.workload in image_references(settings.images, image_catalog())

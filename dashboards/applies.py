"""Which stacks have a panel or a row: conditions of `only_where`."""

from __future__ import annotations

from catalog.plan import MonitoringPlan
from dashboards.panels import Condition

HTTP_KINDS = ("fastapi", "http", "node", "otel")
"""Kinds whose services answer HTTP and are measured at it."""


def of_kinds(*kinds: str) -> Condition:
    """There is a service of one of these kinds."""

    def holds(plan: MonitoringPlan) -> bool:
        return any(service.kind in kinds for service in plan.settings.services)

    return holds

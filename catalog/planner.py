"""Settings → plan."""

from __future__ import annotations

from catalog import kinds
from catalog.plan import MonitoringPlan
from settings.model import StackSettings


def plan_for(settings: StackSettings, stack: str) -> MonitoringPlan:
    """Ask the kind of every service what it adds, in the order of the list."""
    contributions = [(service, kinds()[service.kind].contribute(service)) for service in settings.services]
    return MonitoringPlan(
        stack=stack,
        environment=settings.environment or stack,
        settings=settings,
        scrape_jobs=tuple(job for _, added in contributions for job in added.scrape_jobs),
        exporters=tuple(exporter for _, added in contributions for exporter in added.exporters),
        recording_rules={
            service.name: added.recording_rules for service, added in contributions if added.recording_rules
        },
    )

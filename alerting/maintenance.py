"""Declared maintenance as series, so that dashboards can mark it."""

from __future__ import annotations

from collections.abc import Mapping

from alerting.times import instants
from catalog.plan import RecordingRule
from settings.alerting import Maintenance
from settings.model import StackSettings

_RECORD = "service:maintenance:info"


def maintenance_recordings(settings: StackSettings) -> Mapping[str, tuple[RecordingRule, ...]]:
    """A series for each service of a maintenance, which is there as long as that lasts.

    Maintenance that names only alerts is about every service.
    """
    rules = tuple(
        RecordingRule(_RECORD, _while(maintenance, settings), {"service": service, "reason": maintenance.reason})
        for maintenance in settings.alerting.maintenance
        for service in _services(maintenance, settings)
    )
    return {"maintenance": rules} if rules else {}


def _services(maintenance: Maintenance, settings: StackSettings) -> list[str]:
    owned = {service.name for service in settings.services if service.owner in maintenance.teams}
    named = owned | set(maintenance.services)
    return sorted(named or {service.name for service in settings.services})


def _while(maintenance: Maintenance, settings: StackSettings) -> str:
    begins, ends = (round(moment.timestamp()) for moment in instants(maintenance, settings.alerting))
    return f"vector(1) and on () (vector(time()) >= {begins}) and on () (vector(time()) < {ends})"

"""Mistakes in overrides of alerts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from settings.alerts import AlertOverride, ShippedAlert
from settings.checks.checked import Checked
from settings.errors import Mistake, did_you_mean, listed
from settings.types import figure


def check(checked: Checked) -> Iterator[Mistake]:
    """Yield every override of an alert that does not exist, cannot fire there, or has no such limit."""
    known = checked.known
    if checked.settings:
        for name, override in checked.settings.alerts.items():
            yield from _override(f"alerts.{name}", name, override, known.alerts, known.alerts)
    for index, service in checked.services.items():
        allowed = known.alerts_of.get(service.kind, frozenset())
        for name, override in service.alerts.items():
            yield from _override(f"services[{index}].alerts.{name}", name, override, known.alerts, allowed)


def _override(
    path: str, name: str, override: AlertOverride, alerts: Mapping[str, ShippedAlert], allowed: Iterable[str]
) -> Iterator[Mistake]:
    allowed = set(allowed)
    if name not in alerts:
        yield Mistake(path, f"unknown alert {name!r}", listed(allowed), did_you_mean(name, allowed))
        return
    if name not in allowed:
        yield Mistake(path, f"{name!r}, which never fires for this kind of service", listed(allowed))
        return
    alert = alerts[name]
    limits = {"threshold": alert.threshold, "threshold_down": alert.threshold_down}
    for key, limit in limits.items():
        asked = getattr(override, key)
        if asked is not None and limit is None:
            keys = listed(("enabled", "for", "severity", *(other for other, has in limits.items() if has)))
            yield Mistake(f"{path}.{key}", figure(asked), keys, f"{name} has no {key}.")
        elif asked is not None and limit and limit.highest and asked > limit.highest:
            yield Mistake(f"{path}.{key}", figure(asked), f"a {limit.unit} from 0 to {figure(limit.highest)}")
    if override.enabled is False and override.model_fields_set != {"enabled"}:
        yield Mistake(path, "enabled: false beside other keys", "either", f"{name} is off: nothing else of it counts.")

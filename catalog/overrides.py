"""Shipped rule files with the stack's overrides in them. Without an override a file stays as it is, byte for byte."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML

from catalog.alerts import DEFAULT_LIMIT, DOWN, OVERRIDE, THRESHOLD, rule_file, shipped_alerts
from catalog.kind import service_labels
from catalog.plan import RecordingRule
from settings.alerts import AlertOverride
from settings.model import StackSettings
from settings.service import Service
from settings.types import figure

_DECLARED = "service:declared:info"
# The limit of a rise is that of a fall too, up to here: nothing falls by more than all of it.
_DEEPEST_FALL = 0.9


@dataclass(frozen=True)
class _Firing:
    """How an alert fires for some services; None: as it is shipped."""

    waits: str | None = None
    severity: str | None = None
    enabled: bool = True

    @classmethod
    def of(cls, rule: Mapping[str, Any], *overrides: AlertOverride | None) -> _Firing:
        """What the overrides say together, where it differs from the shipped rule; a later one wins."""
        waits = severity = enabled = None
        for override in filter(None, overrides):
            waits = override.for_ or waits
            severity = override.severity or severity
            enabled = override.enabled if override.enabled is not None else enabled
        return cls(
            waits if waits != rule.get("for") else None,
            severity if severity != rule["labels"]["severity"] else None,
            enabled is not False,
        )


def threshold_overrides(service: Service) -> Iterator[RecordingRule]:
    """The service's own limits, which win over the shipped and the stack's ones."""
    labels = service_labels(service)
    for alert, override in service.alerts.items():
        if override.threshold is not None:
            yield RecordingRule(OVERRIDE, f"vector({figure(override.threshold)})", {**labels, "alert": alert})
        if override.threshold_down is not None:
            own = {**labels, "alert": alert, "direction": DOWN}
            yield RecordingRule(OVERRIDE, f"vector({figure(override.threshold_down)})", own)


def rule_files(groups: Iterable[str], settings: StackSettings) -> dict[str, str]:
    """The text of each group's rule file, by file name."""
    return {rule_file(group).name: _rule_file(group, settings) for group in groups}


def _rule_file(group: str, settings: StackSettings) -> str:
    text = rule_file(group).read_text(encoding="utf-8")
    alerts = {name for name, alert in shipped_alerts().items() if alert.group == group}
    overridden = alerts & {*settings.alerts, *(name for service in settings.services for name in service.alerts)}
    if not overridden:
        return text
    # A round trip keeps comments and layout, so that a diff shows the override and nothing else.
    loader = YAML()
    loader.preserve_quotes = True
    loader.width = 10_000
    loader.indent(mapping=2, sequence=4, offset=2)
    document = loader.load(text)
    for rule_group in document["groups"]:
        # In place: comments before a rule belong to the list that holds it.
        for index in reversed(range(len(rule_group["rules"]))):
            rule = rule_group["rules"][index]
            if rule.get("alert") in overridden:
                rule_group["rules"][index : index + 1] = list(_variants(rule, settings))
            elif rule.get("record") == THRESHOLD and rule["labels"]["alert"] in overridden:
                _change_default(rule, settings.alerts.get(rule["labels"]["alert"]))
    document["groups"] = [rule_group for rule_group in document["groups"] if rule_group["rules"]]
    written = io.StringIO()
    loader.dump(document, written)
    return written.getvalue()


def _change_default(rule: dict[str, Any], override: AlertOverride | None) -> None:
    if override is None:
        return
    limit = override.threshold
    if rule["labels"].get("direction") == DOWN:
        limit = min(limit, _DEEPEST_FALL) if limit is not None else None
        limit = override.threshold_down if override.threshold_down is not None else limit
    if limit is not None:
        rule["expr"] = type(rule["expr"])(DEFAULT_LIMIT.sub(figure(limit), rule["expr"]))


def _variants(rule: dict[str, Any], settings: StackSettings) -> Iterator[dict[str, Any]]:
    """The rule for all services but those with a say of their own, then one for each different say."""
    stack = settings.alerts.get(rule["alert"])
    general = _Firing.of(rule, stack)
    special: dict[_Firing, list[str]] = {}
    for service in settings.services:
        firing = _Firing.of(rule, stack, service.alerts.get(rule["alert"]))
        if firing != general:
            special.setdefault(firing, []).append(service.name)
    apart = [name for names in special.values() for name in names]
    if general.enabled:
        yield _variant(rule, general, f"unless on (service) {_these(apart)}" if apart else "")
    for firing, names in special.items():
        if firing.enabled:
            yield _variant(rule, firing, f"and on (service) {_these(names)}")


def _these(services: Iterable[str]) -> str:
    return f'{_DECLARED}{{service=~"{"|".join(services)}"}}'


def _variant(rule: dict[str, Any], firing: _Firing, condition: str) -> dict[str, Any]:
    changed = deepcopy(rule)
    if condition:
        expression = str(rule["expr"]).rstrip("\n")
        kept = type(rule["expr"])
        lines = "\n" in expression
        changed["expr"] = kept(f"(\n{expression}\n)\n{condition}\n" if lines else f"({expression}) {condition}")
    if firing.waits:
        changed["for"] = firing.waits
    if firing.severity:
        changed["labels"]["severity"] = firing.severity
    return changed


def declared(service: Service) -> RecordingRule:
    """A series that says that the service is declared, for rules about what is missing."""
    return RecordingRule(_DECLARED, "vector(1)", service_labels(service))

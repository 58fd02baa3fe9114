"""Shipped rule files with the stack's overrides in them. Without an override a file stays as it is, byte for byte."""

from __future__ import annotations

import io
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ruamel.yaml import YAML

from catalog import kinds
from catalog.alerts import ALWAYS, DEFAULT_LIMIT, DOWN, OVERRIDE, THRESHOLD, alerts_of, rule_file, shipped_alerts
from catalog.kind import service_labels
from catalog.plan import RecordingRule
from settings.alerts import AlertOverride
from settings.model import StackSettings
from settings.service import Service
from settings.types import figure

_DECLARED = "service:declared:info"
_DEPENDS_ON = "service:depends_on:info"
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
        waits = severity = None
        for override in filter(None, overrides):
            waits = override.for_ or waits
            severity = override.severity or severity
        return cls(
            waits if waits != rule.get("for") else None,
            severity if severity != rule["labels"]["severity"] else None,
            _enabled(*overrides),
        )


def _enabled(*overrides: AlertOverride | None) -> bool:
    said = [override.enabled for override in overrides if override and override.enabled is not None]
    return said[-1] if said else True


_Said = tuple[tuple[str, AlertOverride], ...]
"""What is said of alerts, by name: a mapping that can be remembered."""


@dataclass(frozen=True)
class _Service:
    """What overrides need of a service."""

    name: str
    labels: tuple[tuple[str, str], ...]
    alerts: _Said

    @classmethod
    def of(cls, service: Service, alerts: Container[str]) -> _Service:
        return cls(service.name, tuple(service_labels(service).items()), _said(service.alerts, alerts))

    def own(self, alert: str) -> AlertOverride | None:
        return dict(self.alerts).get(alert)


def _said(overrides: Mapping[str, AlertOverride], alerts: Container[str]) -> _Said:
    return tuple((name, override) for name, override in overrides.items() if name in alerts)


def switched_off(settings: StackSettings) -> frozenset[str]:
    """Alerts that a stack file turns off for all that they are about. They have no limit either."""
    said = {*settings.alerts, *(alert for service in settings.services for alert in service.alerts)}
    return frozenset(alert for alert in said if not _is_on(alert, settings))


def _is_on(alert: str, settings: StackSettings) -> bool:
    stack = settings.alerts.get(alert)
    about = [service for service in settings.services if alert in alerts_of(kinds()[service.kind].rules)]
    about_the_stack_itself = shipped_alerts()[alert].group in ALWAYS
    return (about_the_stack_itself and _enabled(stack)) or any(
        _enabled(stack, service.alerts.get(alert)) for service in about
    )


def rule_files(groups: Iterable[str], settings: StackSettings) -> dict[str, str]:
    """The text of each group's rule file, by file name."""
    return {rule_file(group).name: _rule_file(group, settings) for group in groups}


def _rule_file(group: str, settings: StackSettings) -> str:
    text = rule_file(group).read_text(encoding="utf-8")
    alerts = {name for name, alert in shipped_alerts().items() if alert.group == group}
    if not alerts & {*settings.alerts, *(name for service in settings.services for name in service.alerts)}:
        return text
    services = tuple(_Service.of(service, alerts) for service in settings.services)
    return _overridden(text, _said(settings.alerts, alerts), services)


# A command plans its stack several times, and a round trip takes longer than everything else of a plan.
@lru_cache(maxsize=64)
def _overridden(text: str, stack: _Said, services: tuple[_Service, ...]) -> str:
    overridden = {name for said in (stack, *(service.alerts for service in services)) for name, _ in said}
    general = dict(stack)
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
                rule_group["rules"][index : index + 1] = list(_variants(rule, general.get(rule["alert"]), services))
            elif rule.get("record") == THRESHOLD and rule["labels"]["alert"] in overridden:
                rule_group["rules"][index : index + 1] = list(
                    _limits(rule, general.get(rule["labels"]["alert"]), services)
                )
    document["groups"] = [rule_group for rule_group in document["groups"] if rule_group["rules"]]
    written = io.StringIO()
    loader.dump(document, written)
    return written.getvalue()


def _limits(
    rule: dict[str, Any], stack: AlertOverride | None, services: Sequence[_Service]
) -> Iterator[dict[str, Any]]:
    """The limits of services that have their own, then the limit of all others.

    They stand in one group, in this order, so that no evaluation takes the default for a service that has its own, not
    even the first after a start, when groups begin at different moments. An alert that is off has no limit: its weaker
    neighbour, which is silent beyond that limit, is then the only one to tell.
    """
    alert, falls = rule["labels"]["alert"], rule["labels"].get("direction") == DOWN
    for service in services:
        own = service.own(alert)
        limit = _limit(own, falls=falls) if own else None
        if limit is not None:
            labels = {**dict(service.labels), "alert": alert, **({"direction": DOWN} if falls else {})}
            yield {"record": OVERRIDE, "expr": f"vector({figure(limit)})", "labels": labels}
    limit = _stack_limit(stack, falls=falls) if stack else None
    if limit is not None:
        rule["expr"] = type(rule["expr"])(DEFAULT_LIMIT.sub(figure(limit), rule["expr"]))
    on = [service.name for service in services if _enabled(stack, service.own(alert))]
    off = [service.name for service in services if service.name not in on]
    if _enabled(stack):
        yield _narrowed(rule, f"unless on (service) {_these(off)}" if off else "")
    elif on:
        yield _narrowed(rule, f"and on (service) {_these(on)}")


def _limit(override: AlertOverride, *, falls: bool) -> float | None:
    return override.threshold_down if falls else override.threshold


def _stack_limit(override: AlertOverride, *, falls: bool) -> float | None:
    """What the stack says of a limit. Where it says nothing of a fall, that follows what it says of a rise."""
    own = _limit(override, falls=falls)
    return min(override.threshold, _DEEPEST_FALL) if own is None and override.threshold is not None else own


def _variants(
    rule: dict[str, Any], stack: AlertOverride | None, services: Sequence[_Service]
) -> Iterator[dict[str, Any]]:
    """The rule for all services but those with a say of their own, then one for each different say."""
    general = _Firing.of(rule, stack)
    special: dict[_Firing, list[str]] = {}
    for service in services:
        firing = _Firing.of(rule, stack, service.own(rule["alert"]))
        if firing != general:
            special.setdefault(firing, []).append(service.name)
    apart = [name for names in special.values() for name in names]
    if general.enabled:
        yield _variant(rule, general, f"unless on (service) {_these(apart)}" if apart else "")
    for firing, names in special.items():
        if firing.enabled:
            yield _variant(rule, firing, f"and on (service) {_these(names)}")


def _these(services: Iterable[str]) -> str:
    """PromQL of one element for each service, of constants: a recorded series would be late after a start."""
    constants = [f'label_replace(vector(1), "service", "{name}", "", "")' for name in services]
    return f"({' or '.join(constants)})" if len(constants) > 1 else constants[0]


def _narrowed(rule: dict[str, Any], condition: str) -> dict[str, Any]:
    changed = deepcopy(rule)
    if condition:
        expression = str(rule["expr"]).rstrip("\n")
        kept = type(rule["expr"])
        lines = "\n" in expression
        changed["expr"] = kept(f"(\n{expression}\n)\n{condition}\n" if lines else f"({expression}) {condition}")
    return changed


def _variant(rule: dict[str, Any], firing: _Firing, condition: str) -> dict[str, Any]:
    changed = _narrowed(rule, condition)
    if firing.waits:
        changed["for"] = firing.waits
    if firing.severity:
        changed["labels"]["severity"] = firing.severity
    return changed


def declared(service: Service) -> RecordingRule:
    """A series that says that the service is declared, for rules about what is missing."""
    return RecordingRule(_DECLARED, "vector(1)", service_labels(service))


def dependencies(service: Service) -> tuple[RecordingRule, ...]:
    """A series for each service that it cannot work without, for whoever asks what else a fault is felt in."""
    labels = service_labels(service)
    return tuple(
        RecordingRule(_DEPENDS_ON, "vector(1)", {**labels, "dependency": dependency})
        for dependency in sorted(service.depends_on)
    )

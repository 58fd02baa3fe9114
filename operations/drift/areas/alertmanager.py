"""The configuration that Alertmanager runs with: routes, receivers, inhibition, times."""

from __future__ import annotations

from typing import Any

import yaml

from components.endpoints import ALERTMANAGER
from operations.drift.areas.prometheus import compare_sections
from operations.drift.stack import DriftingStack
from runtimes.drift import Compared
from runtimes.health import NoWayError

NAME = "Alertmanager's configuration"
_DEFAULTS = frozenset({"global", "templates", "tracing"})


def compare(stack: DriftingStack) -> Compared:
    """Each section."""
    if stack.live.declared.settings.grafana.manages_alerts:
        raise NoWayError("Grafana routes alerts in this stack, and how it does is not compared yet.")
    return compare_sections(
        "Alertmanager setting",
        _read(stack.config(ALERTMANAGER.workload).files["alertmanager.yml"]),
        _read(stack.live.alertmanager.configuration()),
        _DEFAULTS,
        stack.reread(ALERTMANAGER.workload),
    )


def _read(text: str) -> dict[str, Any]:
    document: dict[str, Any] = _in_order(yaml.load(text, yaml.CSafeLoader))
    return document


def _in_order(value: Any, key: str = "") -> Any:
    """All matchers of a list must match, so their order says nothing: Alertmanager prints them by name."""
    if isinstance(value, dict):
        return {name: _in_order(below, name) for name, below in value.items()}
    if isinstance(value, list):
        return sorted(value) if key.endswith("matchers") else [_in_order(item) for item in value]
    return value

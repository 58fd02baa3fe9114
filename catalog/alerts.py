"""The alerts that are shipped, read from the rule files themselves: there is no second list of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from settings.alerts import ShippedAlert, Threshold

RULES = Path(__file__).resolve().parent.parent / "rules"
THRESHOLD = "service:alert:threshold"
OVERRIDE = "service:alert:override"
# The label `direction` of a limit that is one of falling.
DOWN = "down"
# Rules about every service, about the stack's own components and machine, and about alerts themselves.
ALWAYS = ("services", "host", "containers", "monitoring", "senders", "aftermath")
# Rules whose alerts Grafana evaluates: what they compare with is in the store of logs.
LOGGED = "logs"
# The default limit stands in the rule that records it, as a plain number.
DEFAULT_LIMIT = re.compile(r"(?<=or on \(service\) )([0-9.]+(?:e[0-9]+)?)(?= \* group by \(service\))")


def rule_file(group: str) -> Path:
    """The file of a group of rules."""
    return RULES / f"{group}.rules.yml"


@cache
def shipped_alerts() -> Mapping[str, ShippedAlert]:
    """Every shipped alert by name."""
    return MappingProxyType({alert.name: alert for group in _groups() for alert in _alerts(group)})


@cache
def alerts_of(groups: tuple[str, ...]) -> frozenset[str]:
    """Names of the alerts in these groups and in those about every service."""
    about = ("services", "senders", LOGGED, *groups)
    return frozenset(name for name, alert in shipped_alerts().items() if alert.group in about)


def _groups() -> list[str]:
    return sorted(path.name.removesuffix(".rules.yml") for path in RULES.glob("*.rules.yml"))


def _alerts(group: str) -> Iterator[ShippedAlert]:
    document = yaml.load(rule_file(group).read_text(encoding="utf-8"), yaml.CSafeLoader)
    rules = [rule for rule_group in document["groups"] for rule in rule_group["rules"]]
    limits = {
        (rule["labels"]["alert"], rule["labels"].get("direction")): _threshold(rule)
        for rule in rules
        if rule.get("record") == THRESHOLD
    }
    for rule in rules:
        if "alert" in rule:
            name, labels = rule["alert"], rule["labels"]
            waits, limit, down = str(rule.get("for", "0m")), limits.get((name, None)), limits.get((name, DOWN))
            yield ShippedAlert(name, group, labels["severity"], waits, limit, labels["cause"], down)


def _threshold(rule: Mapping[str, Any]) -> Threshold:
    found = DEFAULT_LIMIT.search(rule["expr"])
    if found is None:
        raise ValueError(f"{THRESHOLD} of {rule['labels']['alert']}: no default `or on (service) <number> * group by`")
    return Threshold(float(found[0]), rule["labels"]["unit"])

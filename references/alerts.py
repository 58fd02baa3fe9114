"""docs/alerts.md: every shipped alert, taken from the rules, the runbooks, the kinds and the stores themselves."""

from __future__ import annotations

from catalog import kinds
from catalog.alerts import ALWAYS, RULES, shipped_alerts
from catalog.runbooks import meaning
from components.stores import all_stores
from settings.alerts import ShippedAlert
from settings.types import figure

ALERTS_FILE = RULES.parent / "docs" / "alerts.md"
_INTRODUCTION = """# Alerts

Written by `make schema` from `rules/`, `runbooks/`, `catalog/` and `components/stores/`; do not edit. Each name leads
to its runbook. `alerts.<name>` with `threshold`, `for`, `severity` and `enabled: false` changes an alert, for a service
or the whole stack ([settings.md](settings.md)). Limits are in the unit that is named; an alert without one has no
figure to change.
"""


def alerts_text() -> str:
    """The page as Markdown: a table for each file of rules, the one about every service first."""
    groups: dict[str, list[ShippedAlert]] = {group: [] for group in ALWAYS}
    for alert in shipped_alerts().values():
        groups.setdefault(alert.group, []).append(alert)
    lines = [_INTRODUCTION]
    for group, alerts in groups.items():
        if alerts:
            header = ("| alert | severity | limit | for | meaning |", "| --- | --- | --- | --- | --- |")
            lines += [f"## {group}", "", _about(group), "", *header, *map(_row, alerts), ""]
    return "\n".join(lines)


def _about(group: str) -> str:
    names = [f"`{name}`" for name, kind in sorted(kinds().items()) if group in kind.rules]
    if group in ALWAYS:
        names.insert(0, "every stack")
    names += [f"stacks with the store `{name}`" for name, store in sorted(all_stores().items()) if group in store.rules]
    return f"For {', '.join(names)}. Rules: `rules/{group}.rules.yml`."


def _row(alert: ShippedAlert) -> str:
    limit = f"{figure(alert.threshold.default)} {alert.threshold.unit}" if alert.threshold else ""
    told = meaning(alert.name).replace("|", "\\|")
    link = f"[{alert.name}](../runbooks/{alert.name}.md)"
    return f"| {link} | {alert.severity} | {limit} | {alert.waits} | {told} |"

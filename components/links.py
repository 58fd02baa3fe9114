"""Links in alerts: absolute, so that they can be followed from wherever a message is read."""

from __future__ import annotations

import re
from collections.abc import Container

from components.endpoints import GRAFANA, RUNBOOKS, VIEWER, Endpoint
from settings.links import ALERT
from settings.model import StackSettings
from workloads.place import Place

# As every shipped rule has them, each on a line of its own: the page's own path, and Grafana's.
_RUNBOOK = re.compile(r"^( +runbook_url: )/(\w+)\.html$", re.MULTILINE)
_DASHBOARD = re.compile(r"^( +dashboard_url: )(/.*)\n", re.MULTILINE)


def runbook_url(alert: str, settings: StackSettings, place: Place) -> str:
    """Where people read the runbook of an alert: where the settings say, or on the stack's own page."""
    said = settings.links.runbooks
    if said is None:
        return f"{base(place, RUNBOOKS.workload)}/{alert}.html"
    return said.replace(ALERT, alert) if ALERT in said else f"{said.rstrip('/')}/{alert}"


def dashboards_at(settings: StackSettings, components: Container[str]) -> Endpoint | None:
    """Where people see dashboards: Grafana, here or where the settings say; else the viewer; else nowhere.

    Args:
        settings: they may name a Grafana elsewhere.
        components: the stack's own, by name.
    """
    if GRAFANA.workload in components or not settings.grafana.is_own:
        return GRAFANA
    return VIEWER if VIEWER.workload in components else None


def base(place: Place, workload: str) -> str:
    """A component's address, for a path to be put behind it."""
    return place.urls[workload].rstrip("/")


def with_links(rules: str, settings: StackSettings, place: Place, dashboards: Endpoint | None) -> str:
    """A rule file whose links are whole; everything else in it stays, comments included.

    Args:
        rules: the text of a shipped rule file.
        settings: where the runbooks are, if not on the stack's own page.
        place: where the stack's own pages are.
        dashboards: where dashboards are; a link to one that is nowhere is left out.
    """
    linked = _RUNBOOK.sub(lambda found: f"{found[1]}{runbook_url(found[2], settings, place)}", rules)
    return _DASHBOARD.sub(
        lambda found: f"{found[1]}{base(place, dashboards.workload)}{found[2]}\n" if dashboards else "", linked
    )

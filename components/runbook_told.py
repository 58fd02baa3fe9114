"""Who is told about an alert on this stack, as its settings say: the last part of each runbook's page."""

from __future__ import annotations

from html import escape

from alerting.aftermath import RECENT_CAUSE
from catalog import kinds
from catalog.alerts import ALWAYS, shipped_alerts
from catalog.kind import COMPONENT_OWNER
from catalog.plan import MonitoringPlan
from settings.model import StackSettings


def told(plan: MonitoringPlan, group: str) -> str:
    """A table of the owners that alerts of a group of rules can have, as HTML."""
    settings = plan.settings
    if group == shipped_alerts()[RECENT_CAUSE].group:
        return "<h2>Who is told</h2>\n<p>Nobody: it only keeps other alerts silent.</p>\n"
    if not settings.receivers:
        return "<h2>Who is told</h2>\n<p>Nobody: this stack has no receivers (<code>receivers</code>).</p>\n"
    rows = "".join(_row(settings, owner) for owner in _owners(settings, group))
    head = "<tr><th>owner</th><th>of a page</th><th>of the rest</th><th>when a page goes on</th></tr>\n"
    return f"<h2>Who is told</h2>\n<table>\n{head}{rows}</table>\n"


def _owners(settings: StackSettings, group: str) -> list[str]:
    """Owners of the services that the group is about; the stack's own components have theirs."""
    about = [service for service in settings.services if group == "services" or group in kinds()[service.kind].rules]
    own = [COMPONENT_OWNER] if group in ALWAYS or not about else []
    return sorted({*(service.owner for service in about), *own})


def _row(settings: StackSettings, owner: str) -> str:
    team, rest = settings.teams.get(owner), settings.alerting.default or ""
    told_first = team.page if team else None
    notify = (team.notify if team else None) or rest
    page = " and ".join(dict.fromkeys(name for name in (told_first, notify) if name))
    then = f"{team.escalate.to} after {team.escalate.after}" if team and team.escalate else ""
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in (owner, page, notify, then)) + "</tr>\n"

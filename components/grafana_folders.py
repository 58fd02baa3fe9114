"""Where dashboards are in Grafana: one folder for everybody, and one for each team.

Everybody may read everything: who is woken by an alert looks at other teams' services too. What this project writes
nobody edits in the browser, since the next deployment would write it again; a team's folder is where its own dashboards
are made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalog.plan import MonitoringPlan
from components.stores.store import Stores
from dashboards import dashboards_of
from dashboards.teams import TEAM_VIEW_OF, short, team_view
from settings.service import Service

FOLDER_TITLE = "Monitoring"
FOLDER_UID = "monitoring"


@dataclass(frozen=True)
class GrafanaFolder:
    """A folder.

    Attributes:
        team: whose it is; None: everybody's.
        dashboards: JSON by uid.
    """

    uid: str
    title: str
    team: str | None
    dashboards: Mapping[str, dict[str, Any]]


def folders(plan: MonitoringPlan, stores: Stores) -> tuple[GrafanaFolder, ...]:
    """The folder of all dashboards, then one for each team with a view of its own services."""
    shared = dashboards_of(plan, stores)
    views = (team_view(shared[TEAM_VIEW_OF], team) for team in teams(plan))
    return (
        GrafanaFolder(FOLDER_UID, FOLDER_TITLE, None, shared),
        *(
            GrafanaFolder(short(f"team-{team}"), f"Team {team}", team, {view["uid"]: view})
            for team, view in zip(teams(plan), views, strict=True)
        ),
    )


def teams(plan: MonitoringPlan) -> tuple[str, ...]:
    """Every team that owns a service, sorted. A service that names no owner belongs to none."""
    nobody = Service.model_fields["owner"].default
    return tuple(sorted({service.owner for service in plan.settings.services} - {nobody}))

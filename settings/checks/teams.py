"""Teams: there when a service names them, and an escalation that reaches somebody else."""

from __future__ import annotations

from collections.abc import Iterator

from settings.checks.checked import Checked
from settings.errors import Mistake, did_you_mean, listed, shown


def check(checked: Checked) -> Iterator[Mistake]:
    """Yield owners that are no team, once there are teams, and escalations to those who know already."""
    teams = set(checked.section("teams"))
    for index, entry in checked.entries.items():
        owner = entry.get("owner")
        if teams and isinstance(owner, str) and owner not in teams:
            action = did_you_mean(owner, teams) or f"Add {owner} under teams, or leave the owner out."
            yield Mistake(f"services[{index}].owner", f"{owner!r}, a team that is not there", listed(teams), action)
    default = checked.alerting.default if checked.alerting else None
    for name, team in checked.teams.items():
        at_once = {team.page or team.notify or default, team.notify}
        if team.escalate and team.escalate.to in at_once:
            yield Mistake(
                f"teams.{name}.escalate.to",
                shown(team.escalate.to),
                "a receiver that is not told at once",
                "The team's page and notify know already.",
            )

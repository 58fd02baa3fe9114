"""Settings → the routing tree: which alert goes to whom, when, and in one message with which others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from alerting.aftermath import RECENT_CAUSE
from alerting.mutes import intervals, mutes_of, with_mutes
from alerting.route import Matcher, Route, Timing
from alerting.times import TimeInterval
from catalog.plan import MonitoringPlan
from settings.alerting import Team
from settings.receiver import HEARTBEAT_RECEIVER, HISTORY_RECEIVER, NOBODY_RECEIVER

HEARTBEAT = "Heartbeat"
"""The alert that always fires, and whose absence is noticed outside."""
NO_SEVERITY = "none"
"""The severity of what fires for machines: the heartbeat, and what only inhibits."""
TEST_LABEL = "notify_test"
"""The label by which a test message finds the receiver that its value names."""
_PRODUCTION = frozenset({"prod", "production"})
# A scrape, an evaluation, the minute that ServiceDown waits and this make less than 90 seconds. What causes a failure
# waits a minute at most and what follows from it longer, so that the one can inhibit the other by then.
_AT_ONCE = Timing("5s", "1m", "4h")
_SOON = Timing("30s", "5m", "12h")
# Repeated at every round: an interval as long as the round would come just too early every second time.
_HEARTBEAT = Timing("0s", "1m", "50s")
# Told once: a test is over before it could be repeated. Who refuses it is tried again for the interval.
_TEST = Timing("0s", "1m", "1d")


@dataclass(frozen=True)
class Routing:
    """The tree, and the times that its routes name."""

    root: Route
    times: tuple[TimeInterval, ...]


def meant_for_people(labels: Mapping[str, str]) -> bool:
    """Whether an alert with these labels is one that people may have to act on: no sign of life, no help, no test."""
    return labels.get("severity") != NO_SEVERITY and TEST_LABEL not in labels


def pages(plan: MonitoringPlan) -> bool:
    """Whether teams are paged: where the settings say so, or in production."""
    said = plan.settings.alerting.page
    return plan.environment in _PRODUCTION if said is None else said


def tells_nobody(plan: MonitoringPlan) -> bool:
    """Whether alerts are recorded, and nobody is told."""
    return plan.settings.alerting.default is None


def routing(plan: MonitoringPlan) -> Routing:
    """The routing tree of a stack.

    Everything but the heartbeat and what only inhibits is recorded at once, then told to the team that owns it, or to
    `alerting.default`.
    Mutes keep messages back, never the record.
    """
    settings = plan.settings
    default = settings.alerting.default
    routes = [
        Route(HEARTBEAT_RECEIVER, _HEARTBEAT, (Matcher("alertname", (HEARTBEAT,)),)),
        *(Route(name, _TEST, (Matcher(TEST_LABEL, (name,)),), by=(TEST_LABEL, "sent")) for name in settings.receivers),
        Route(NOBODY_RECEIVER, _SOON, (Matcher("alertname", (RECENT_CAUSE,)),)),
        Route(HISTORY_RECEIVER, _SOON, goes_on=True),
    ]
    if default is not None:
        paged, digest = pages(plan), settings.alerting.digest
        for name, team in settings.teams.items():
            told, mutes = team.notify or default, mutes_of(settings, name)
            leaves = _leaves(team, told, digest, paged=paged)
            below = tuple(with_mutes(leaf, mutes) for leaf in leaves)
            routes.append(Route(told, _SOON, (Matcher("owner", (name,)),), routes=below))
        leaves, mutes = _leaves(Team(notify=default), default, digest, paged=False), mutes_of(settings, None)
        routes.append(Route(default, _SOON, routes=tuple(with_mutes(leaf, mutes) for leaf in leaves)))
    return Routing(Route(HISTORY_RECEIVER, _SOON, routes=tuple(routes)), intervals(settings))


def _leaves(team: Team, told: str, digest: str, *, paged: bool) -> Iterator[Route]:
    """What a team is told, by severity; where several of these fit an alert, each but the last goes on to the next."""
    critical, during = (Matcher("severity", ("critical",)),), (team.during,) if team.during else ()
    first = team.page if paged and team.page else told
    leaves = [Route(first, _AT_ONCE, critical)]
    if team.notify and team.notify != first:
        leaves.append(Route(team.notify, _AT_ONCE, critical))
    if paged and team.escalate:
        # A group is told once when its wait is over, if it still fires then and nobody has silenced it.
        leaves.append(Route(team.escalate.to, replace(_AT_ONCE, wait=team.escalate.after), critical))
    yield from (replace(leaf, goes_on=True) for leaf in leaves[:-1])
    yield leaves[-1]
    gathered = Timing(digest, digest, "1d")
    yield Route(told, gathered, (Matcher("severity", ("info",)),), by=("environment", "owner"), active=during)
    yield Route(told, _SOON, active=during)

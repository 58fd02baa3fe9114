"""When nobody is told: dated maintenance and weekly mutes, as routes that keep back exactly what they name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from alerting.route import Matcher, Route
from alerting.times import TimeInterval, maintenance_interval, weekly_interval
from settings.alerting import Selection
from settings.model import StackSettings

OWN_TEAM = "monitoring"
"""The team that the stack's own components belong to."""


@dataclass(frozen=True)
class TeamMute:
    """A mute as far as it is about the alerts of one team.

    Attributes:
        interval: the name of the time during which messages wait.
        services: those that it is about; None: all of the team's.
        alerts: names of those that it is about; None: all of those services'.
    """

    interval: str
    services: frozenset[str] | None
    alerts: frozenset[str] | None


def intervals(settings: StackSettings) -> tuple[TimeInterval, ...]:
    """Every time that routes may name. That of a mute is called after its place and its reason.

    Alertmanager shows the name at an alert that it keeps back.
    """
    alerting = settings.alerting
    return (
        *(weekly_interval(name, time, alerting) for name, time in alerting.times.items()),
        *(
            maintenance_interval(_name("maintenance", index, item), item, alerting)
            for index, item in enumerate(alerting.maintenance)
        ),
        *(
            weekly_interval(_name("mute", index, item), alerting.times[item.during], alerting)
            for index, item in enumerate(alerting.mute)
        ),
    )


def mutes_of(settings: StackSettings, team: str | None) -> tuple[TeamMute, ...]:
    """The mutes that are about a team's alerts.

    Args:
        settings: of the stack.
        team: one of `teams`; None: whatever belongs to none of them.
    """
    owners = {service.name: service.owner for service in settings.services}
    found = []
    for interval, selection in _selections(settings):
        # What is no service of the list is a component of the stack.
        here = {
            service
            for service in selection.services
            if team == (owner if (owner := owners.get(service, OWN_TEAM)) in settings.teams else None)
        }
        everything = team in selection.teams or not (selection.services or selection.teams)
        if here or everything:
            alerts = frozenset(selection.alerts) or None
            found.append(TeamMute(interval, None if everything else frozenset(here), alerts))
    return tuple(found)


def with_mutes(leaf: Route, mutes: tuple[TeamMute, ...]) -> Route:
    """The route with one below it for each set of mutes that some of its alerts have."""
    return replace(leaf, routes=tuple(_below(leaf, mutes)))


def _below(leaf: Route, mutes: tuple[TeamMute, ...]) -> Iterator[Route]:
    """Special ones first: an alert takes the first that fits, and the last fits whatever no mute names."""
    for services, here in _alike(mutes, lambda mute: mute.services):
        for alerts, covering in _alike(here, lambda mute: mute.alerts):
            if covering:
                matchers = (*_matcher("service", services), *_matcher("alertname", alerts))
                yield replace(leaf, matchers=matchers, muted=tuple(mute.interval for mute in covering), goes_on=False)


def _alike(
    mutes: Sequence[TeamMute], of: Callable[[TeamMute], frozenset[str] | None]
) -> Iterator[tuple[tuple[str, ...], list[TeamMute]]]:
    """Names that the same mutes cover, with these mutes; at last no names, with those that cover all others."""
    everywhere = [mute for mute in mutes if of(mute) is None]
    groups: list[tuple[list[str], list[TeamMute]]] = []
    for name in sorted({name for mute in mutes for name in of(mute) or ()}):
        covering = [mute for mute in mutes if (names := of(mute)) is None or name in names]
        alike = next((names for names, same in groups if same == covering), None)
        if alike is None:
            groups.append(([name], covering))
        else:
            alike.append(name)
    yield from ((tuple(names), covering) for names, covering in groups)
    yield (), everywhere


def _matcher(label: str, names: tuple[str, ...]) -> Iterator[Matcher]:
    if names:
        yield Matcher(label, names)


def _selections(settings: StackSettings) -> Iterator[tuple[str, Selection]]:
    for key, selections in (("maintenance", settings.alerting.maintenance), ("mute", settings.alerting.mute)):
        for index, selection in enumerate(selections):
            yield _name(key, index, selection), selection


def _name(key: str, index: int, selection: Selection) -> str:
    return f"alerting.{key}[{index}]: {selection.reason}"

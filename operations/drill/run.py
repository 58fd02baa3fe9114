"""One drill: break, wait for the message, repair, wait for the all-clear, and judge what was told meanwhile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from operations.drill.drill import HEARTBEAT_MISSED_SECONDS, Alert, Drill
from operations.drill.told import Delivery, Seen, is_for_people, name_of, observed, services_of
from operations.drill.world import World
from runtimes.console import Failure, counted, quoted
from runtimes.daemon import FAILURES
from runtimes.health import NoAnswerError
from settings.receiver import HEARTBEAT_RECEIVER

RECEIVERS = ("page", "notify")
"""The demo's receivers that people stand for; others, such as the history, hear everything."""
# As long as what an earlier drill left behind keeps alerts back: the 15 minutes of RecentCause, and some rounds.
_QUIET_WITHIN_SECONDS = 1200.0

Tell = Callable[[str], None]


@dataclass(frozen=True)
class DrillOutcome:
    """What came of a drill.

    Attributes:
        seconds: from the fault to the message; None: none came in time.
        messages: how many messages said that the expected alert fires, at its receiver.
        pages: how many messages paged somebody about its services, whatever they said fires.
        inhibited: the consequences that Alertmanager was seen to hold back.
        resolved: seconds from the repair to the all-clear; None: none came in time.
        problems: what was not as it should be, a sentence each; none: passed.
        skipped: why it was not run.
        alerts: every alert about its services that Alertmanager had, from the fault on.
    """

    drill: Drill
    seconds: float | None = None
    messages: int = 0
    pages: int = 0
    inhibited: tuple[Alert, ...] = ()
    resolved: float | None = None
    problems: tuple[str, ...] = ()
    skipped: str = ""
    alerts: tuple[Seen, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether it was run and all was as it should be."""
        return not self.problems and not self.skipped


def run_drill(drill: Drill, world: World, tell: Tell) -> DrillOutcome:
    """One drill; what keeps it from being run is its problem, and no other drill's.

    Raises:
        StoppedError: when the run was stopped; the fault is repaired.
    """
    try:
        return _drilled(drill, world, tell)
    except (Failure, NoAnswerError, *FAILURES) as error:
        return DrillOutcome(drill, problems=(f"It could not be carried out: {quoted(str(error))}",))


def _drilled(drill: Drill, world: World, tell: Tell) -> DrillOutcome:
    """Cause the fault of a drill and see what comes of it."""
    tell("waiting until nothing fires")
    # What an earlier drill has killed may be on its way back.
    if not world.until(lambda: not world.watch.unseen and not _in_the_way(drill, world), _QUIET_WITHIN_SECONDS):
        if unseen := world.watch.unseen:
            return DrillOutcome(drill, problems=(f"Nobody would be told: {unseen}",))
        told = ", ".join(sorted(_in_the_way(drill, world)))
        return DrillOutcome(drill, problems=(f"Fired before the fault: {told}. See to it and run the drill again.",))
    started = world.clock()
    tell("causing the fault")
    with drill.inject(world):
        caused = world.clock()
        tell(f"waiting for {drill.expects} at {drill.receiver}")
        arrived = world.until(lambda: _told(drill, world, caused), drill.within)
        if arrived and drill.held:
            tell("told; holding the fault for what must stay silent")
            world.until(lambda: _all_inhibited(drill, world, started), drill.held - (world.clock() - caused))
        # Asked while the fault lasts: what keeps it back may end with it.
        kept_back = () if arrived else _kept_back(drill, world)
    repaired = world.clock()
    cleared = None
    if arrived:
        tell(f"told after {arrived - caused:.0f} s; repaired, waiting for the all-clear")
        cleared = world.until(lambda: _cleared(drill, world, repaired), drill.resolves_within)
    sightings = [(seen - started, alert) for seen, alert in list(world.watch.sightings) if seen >= started]
    heard = [delivery for delivery in world.watch.deliveries if delivery.arrived >= started]
    outcome = judged(
        drill,
        heard,
        seconds=arrived - caused if arrived else None,
        resolved=cleared - repaired if cleared else None,
        inhibited=_inhibited(drill, world, started),
    )
    blind = (f"What was told is not known: {world.watch.unheard}",) if world.watch.unheard else ()
    return replace(outcome, problems=(*outcome.problems, *kept_back, *blind), alerts=observed(drill.touches, sightings))


def judged(
    drill: Drill,
    heard: Sequence[Delivery],
    *,
    seconds: float | None,
    resolved: float | None,
    inhibited: tuple[Alert, ...],
) -> DrillOutcome:
    """Count what was heard from the fault to the end.

    Args:
        heard: every delivery of that time, those of other drills included.
        seconds: from the fault to the message.
        resolved: from the repair to the all-clear.
        inhibited: consequences that were held back.
    """
    about = [delivery for delivery in heard if delivery.receiver in RECEIVERS and _concerns(drill, delivery)]
    expected = [d for d in about if d.receiver == drill.receiver and any(map(drill.expects.matches, d.firing))]
    others = [d for d in about if d.firing and not _says(drill, d.firing) and not _may_be_heard(drill, d)]
    said = Counter(delivery.receiver for delivery in about if _says(drill, delivery.firing))
    twice = [name for name in RECEIVERS if said[name] > 1]
    if drill.receiver == "notify":
        others += [d for d in about if d.receiver == "page" and d.firing and d not in others]
    problems = []
    if seconds is None:
        failed = "stop at" if drill.receiver == HEARTBEAT_RECEIVER else "reach"
        problems.append(f"{drill.expects} did not {failed} {drill.receiver} within {drill.within:g} s.")
    elif resolved is None:
        problems.append(f"No all-clear within {drill.resolves_within:g} s of the repair.")
    problems += [f"{drill.expects} was told to {name} more than once." for name in twice]
    problems += [f"{other.receiver} was told of {_names(drill, other)} too." for other in others]
    return DrillOutcome(
        drill,
        seconds,
        messages=len(expected),
        pages=sum(delivery.receiver == "page" and bool(delivery.firing) for delivery in about),
        inhibited=inhibited,
        resolved=resolved,
        problems=tuple(problems),
    )


def _may_be_heard(drill: Drill, delivery: Delivery) -> bool:
    """Whether a message notifies of nothing but what may be told beside the expected alert."""
    return delivery.receiver == "notify" and all(map(drill.may_be_heard, delivery.firing))


def _concerns(drill: Drill, delivery: Delivery) -> bool:
    return bool(drill.touches & services_of((*delivery.firing, *delivery.resolved)))


def _names(drill: Drill, delivery: Delivery) -> str:
    names = sorted(set(map(name_of, delivery.firing)))
    return ", ".join(names) or counted(len(delivery.resolved), "resolved alert")


def _active(drill: Drill, world: World) -> set[str]:
    """Names of the alerts about the drill's services that Alertmanager knows now, but those that may be heard."""
    return {
        name_of(alert.labels)
        for alert in world.watch.active
        if alert.labels.get("service") in drill.touches
        and is_for_people(alert)
        and not drill.may_be_heard(alert.labels)
    }


def _kept_back(drill: Drill, world: World) -> tuple[str, ...]:
    """That the expected alert fires and nobody is told of it because of another, if it is so."""
    if not any(alert.inhibited and drill.expects.matches(alert.labels) for alert in world.watch.active):
        return ()
    others = sorted(_in_the_way(drill, world) - {str(drill.expects)})
    return (f"{drill.expects} fires and is kept back by what fires beside it: {', '.join(others)}.",)


def _in_the_way(drill: Drill, world: World) -> set[str]:
    """Names of the alerts with which the drill would prove nothing.

    They are about its services, or keep back what it expects, or are one message with it: whoever has been told of a
    cause hears the next alert of it some minutes later.
    """
    expected = drill.expects.usual_labels

    def disturbs(labels: Mapping[str, str]) -> bool:
        merged = all(labels.get(label) == expected[label] for label in ("service", "cause"))
        # What else must be equal, such as the environment, is.
        return merged or any(edge.silences(labels, {**labels, **expected}) for edge in world.inhibitions)

    return _active(drill, world) | {name_of(alert.labels) for alert in world.watch.active if disturbs(alert.labels)}


def _told(drill: Drill, world: World, since: float) -> float | None:
    """When the receiver was told that the alert fires; of the heartbeat, when it was missed."""
    if drill.receiver == HEARTBEAT_RECEIVER:
        newest = max((beat.arrived for beat in _of(drill, world)), default=since)
        missed = max(newest, since) + HEARTBEAT_MISSED_SECONDS
        return missed if world.clock() >= missed else None
    return next((d.arrived for d in _of(drill, world) if d.arrived >= since and _says(drill, d.firing)), None)


def _cleared(drill: Drill, world: World, since: float) -> float | None:
    """When the receiver was told that it is over, once nothing else about the drill's services fires either."""
    if _active(drill, world):
        return None
    beats = drill.receiver == HEARTBEAT_RECEIVER
    return next(
        (
            d.arrived
            for d in _of(drill, world)
            if d.arrived >= since and _says(drill, d.firing if beats else d.resolved)
        ),
        None,
    )


def _of(drill: Drill, world: World) -> Iterator[Delivery]:
    """What the drill's receiver got."""
    return (delivery for delivery in list(world.watch.deliveries) if delivery.receiver == drill.receiver)


def _says(drill: Drill, alerts: Sequence[Mapping[str, str]]) -> bool:
    return any(map(drill.expects.matches, alerts))


def _inhibited(drill: Drill, world: World, since: float) -> tuple[Alert, ...]:
    held = [alert for seen, alert in world.watch.sightings if seen >= since and alert.inhibited]
    return tuple(quiet for quiet in drill.silent if any(quiet.matches(alert.labels) for alert in held))


def _all_inhibited(drill: Drill, world: World, since: float) -> bool:
    return len(_inhibited(drill, world, since)) == len(drill.silent)

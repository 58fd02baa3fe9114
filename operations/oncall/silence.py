"""`make silence`: keep messages about some alerts back for a while, with a reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from catalog.alerts import shipped_alerts
from catalog.kind import series_of
from components.names import reserved_names
from operations.oncall.clock import moment, seconds_of
from operations.oncall.running import whoami
from operations.verify.live import Live
from runtimes.console import Failure
from settings.errors import Mistake, did_you_mean, listed
from settings.types import seconds


@dataclass(frozen=True)
class Wanted:
    """What is to be silenced.

    Attributes:
        services: names of services or of the stack's own components; none: all.
        alerts: names of alerts; none: all.
        duration: how long, such as 2h.
    """

    services: Sequence[str]
    alerts: Sequence[str]
    duration: str
    reason: str


def silence(live: Live, wanted: Wanted) -> str:
    """Add a silence, and say what it does.

    Raises:
        Failure: naming every service and alert that does not exist.
        NoAnswerError: when Alertmanager does not answer.
    """
    mistakes = [*_mistakes(live, wanted)]
    if mistakes:
        raise Failure("\n".join(map(str, mistakes)))
    starts = datetime.fromtimestamp(live.now(), UTC)
    ends = starts + timedelta(seconds=seconds(wanted.duration))
    matchers = [_matcher("environment", (live.declared.program.plan.environment,))]
    matchers += [_matcher("service", wanted.services)] if wanted.services else []
    matchers += [_matcher("alertname", wanted.alerts)] if wanted.alerts else []
    document = {
        "matchers": matchers,
        "startsAt": starts.isoformat(),
        "endsAt": ends.isoformat(),
        "createdBy": whoami(),
        "comment": wanted.reason,
    }
    identifier = live.alertmanager.silence(document)
    firing = {alert["labels"]["alertname"] for alert in live.alertmanager.alerts() if _fits(alert["labels"], wanted)}
    about = " of ".join(filter(None, [", ".join(wanted.alerts) or "Everything", ", ".join(wanted.services)]))
    now = f"Of that fires now: {', '.join(sorted(firing))}." if firing else "Nothing of that fires now."
    return (
        f"{about} is silent until {_until(live, ends.timestamp())}: {wanted.reason}. {now}\n"
        f"End it earlier: make silence STACK={live.declared.stack} ARGS='--end {identifier}'"
    )


def end(live: Live, identifier: str) -> str:
    """Let a silence end now.

    Raises:
        Failure: when there is none of that ID.
        NoAnswerError: when Alertmanager does not answer.
    """
    lasting = {found["id"] for found in _lasting(live)}
    if identifier not in lasting:
        there = f"There are {listed(lasting)}." if lasting else "There is none."
        raise Failure(f"--end: found {identifier!r}, which is no silence that lasts or is to come. {there}")
    live.alertmanager.end_silence(identifier)
    return f"Silence {identifier} has ended: what still fires is told again."


def silences(live: Live) -> list[str]:
    """A line for each silence that lasts or is to come, the first to end first.

    Raises:
        NoAnswerError: when Alertmanager does not answer.
    """
    return [_line(live, found) for found in sorted(_lasting(live), key=lambda found: seconds_of(found["endsAt"]))]


def _lasting(live: Live) -> list[dict[str, Any]]:
    return [found for found in live.alertmanager.silences() if found["status"]["state"] != "expired"]


def _line(live: Live, found: Mapping[str, Any]) -> str:
    matchers = ", ".join(_shown(matcher) for matcher in found["matchers"] if matcher["name"] != "environment")
    until = _until(live, seconds_of(found["endsAt"]))
    return f"{found['id']}  until {until}  {matchers or 'everything'}  {found['createdBy']}: {found['comment']}"


def _until(live: Live, at: float) -> str:
    zone = live.declared.settings.alerting.timezone
    return f"{moment(at, zone, live.now())} {zone}"


def _shown(matcher: Mapping[str, Any]) -> str:
    equal, regex = matcher.get("isEqual", True), matcher["isRegex"]
    operator = ("=~" if equal else "!~") if regex else ("=" if equal else "!=")
    return f"{matcher['name']}{operator}{matcher['value']}"


def _matcher(name: str, values: Sequence[str]) -> dict[str, Any]:
    # Names of services and alerts have no character that means something in a regular expression.
    return {"name": name, "value": "|".join(values), "isRegex": len(values) > 1, "isEqual": True}


def _fits(labels: Mapping[str, str], wanted: Wanted) -> bool:
    return (not wanted.services or labels.get("service") in wanted.services) and (
        not wanted.alerts or labels["alertname"] in wanted.alerts
    )


def _mistakes(live: Live, wanted: Wanted) -> Iterator[Mistake]:
    if not (wanted.services or wanted.alerts):
        yield Mistake("--service and --alert", "nothing", "names in at least one of them; both may be repeated")
    declared = {service.name: service for service in live.declared.settings.services}
    known = {"--service": {*declared, *reserved_names()}, "--alert": {*shipped_alerts()}}
    for option, names in (("--service", wanted.services), ("--alert", wanted.alerts)):
        for name in names:
            if name not in known[option]:
                yield Mistake(option, repr(name), listed(known[option]), did_you_mean(name, known[option]))
            elif name in declared and (source := series_of(declared[name])) != name:
                found = f"{name!r}, whose alerts are about {source}"
                action = f"Name {source}, with the alerts that are meant."
                yield Mistake(option, found, "a service with targets of its own", action)

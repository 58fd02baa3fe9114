"""`make silence`: keep messages about some alerts back for a while, with a reason."""

from __future__ import annotations

import getpass
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from catalog.alerts import shipped_alerts
from operations.verify.live import Live
from runtimes.console import Failure
from settings.errors import did_you_mean, listed
from settings.types import seconds


@dataclass(frozen=True)
class Silence:
    """What is silenced.

    Attributes:
        services: names of services or of the stack's own components; none: all.
        alerts: names of alerts; none: all.
        duration: how long, such as 2h.
    """

    services: Sequence[str]
    alerts: Sequence[str]
    duration: str
    reason: str


def silence(live: Live, wanted: Silence) -> str:
    """Add a silence, and say what it does.

    Raises:
        Failure: naming a service or an alert that does not exist.
        NoAnswerError: when Alertmanager does not answer.
    """
    services = {service.name for service in live.declared.settings.services}
    components = {job for workload in live.declared.program.workloads for job in workload.metrics}
    _known("--service", wanted.services, services | components)
    _known("--alert", wanted.alerts, shipped_alerts())
    if not (wanted.services or wanted.alerts):
        raise Failure("Nothing to silence. Say --service NAME or --alert NAME; both may be repeated.")
    starts = datetime.now(UTC)
    ends = starts + timedelta(seconds=seconds(wanted.duration))
    matchers = [_matcher("environment", (live.declared.program.plan.environment,))]
    matchers += [_matcher("service", wanted.services)] if wanted.services else []
    matchers += [_matcher("alertname", wanted.alerts)] if wanted.alerts else []
    document = {
        "matchers": matchers,
        "startsAt": starts.isoformat(),
        "endsAt": ends.isoformat(),
        "createdBy": getpass.getuser(),
        "comment": wanted.reason,
    }
    identifier = live.alertmanager.silence(document)
    firing = {alert["labels"]["alertname"] for alert in live.alertmanager.alerts() if _fits(alert["labels"], wanted)}
    about = " of ".join(filter(None, [", ".join(wanted.alerts) or "Everything", ", ".join(wanted.services)]))
    now = f"Of that fires now: {', '.join(sorted(firing))}." if firing else "Nothing of that fires now."
    return (
        f"{about} is silent until {ends:%Y-%m-%d %H:%M} UTC: {wanted.reason}. {now}\n"
        f"End it earlier: make silence ARGS='--end {identifier}'"
    )


def end(live: Live, identifier: str) -> str:
    """Let a silence end now.

    Raises:
        Failure: when there is none of that ID.
    """
    active = {found["id"] for found in live.alertmanager.silences() if found["status"]["state"] != "expired"}
    if identifier not in active:
        raise Failure(
            f"No silence {identifier!r} is active or pending. There are: {listed(active) if active else 'none'}."
        )
    live.alertmanager.end_silence(identifier)
    return f"Silence {identifier} has ended: what still fires is told again."


def silences(live: Live) -> list[str]:
    """A line for each silence that is active or will be."""
    found = [silence for silence in live.alertmanager.silences() if silence["status"]["state"] != "expired"]
    return [_line(silence) for silence in sorted(found, key=lambda silence: str(silence["endsAt"]))]


def _line(silence: Mapping[str, Any]) -> str:
    matchers = ", ".join(_shown(matcher) for matcher in silence["matchers"] if matcher["name"] != "environment")
    ends = datetime.fromisoformat(silence["endsAt"]).astimezone(UTC)
    return f"{silence['id']}  until {ends:%Y-%m-%d %H:%M} UTC  {matchers}  {silence['createdBy']}: {silence['comment']}"


def _shown(matcher: Mapping[str, Any]) -> str:
    operator = ("" if matcher.get("isEqual", True) else "!") + ("=~" if matcher["isRegex"] else "=")
    return f"{matcher['name']}{operator.replace('!=~', '!~')}{matcher['value']}"


def _matcher(name: str, values: Sequence[str]) -> dict[str, Any]:
    # Names have no character that means something in a regular expression, but for the dot, which no service has.
    return {"name": name, "value": "|".join(values), "isRegex": len(values) > 1, "isEqual": True}


def _fits(labels: Mapping[str, str], wanted: Silence) -> bool:
    return (not wanted.services or labels.get("service") in wanted.services) and (
        not wanted.alerts or labels["alertname"] in wanted.alerts
    )


def _known(option: str, names: Iterable[str], known: Iterable[str]) -> None:
    for name in names:
        if name not in known:
            near = did_you_mean(name, known)
            raise Failure(f"{option}: found {name!r}. Allowed: {listed(known)}. {near}".rstrip())

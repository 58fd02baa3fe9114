"""What a check of the stack file reads."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TypeVar

from pydantic import ValidationError

from settings.alerting import AlertingSettings, Team
from settings.errors import Mistake
from settings.grafana import GrafanaSettings
from settings.known import Known
from settings.model import StackSettings
from settings.receiver import Receiver
from settings.section import Section
from settings.service import Service
from settings.stackfile import FIRST_STACK

_Model = TypeVar("_Model", bound=Section)


@dataclass(frozen=True)
class Checked:
    """A stack file as far as it could be read.

    Attributes:
        raw: the plain values by key. Names are read from here, so that an entry with another mistake still counts.
        services: the entries by their place in the list, those with mistakes without what is wrong in them, where they
            can do without it.
        settings: the typed settings, in the same way without what is wrong; None when nothing can do without it.
        secrets_set: names of the secrets that are set.
        known: what the file can refer to.
        now: the time, where what is over is a mistake; None where the stack is not about to be deployed.
        secrets_given: names of the secrets that are set elsewhere; None where every name counts as set.
        stack: the stack's name, which some defaults follow; that of the first stack where nobody has said one.
        partly: keys of the file that have mistakes of their own: of what they say, some is not here.
    """

    raw: Mapping[str, object]
    services: Mapping[int, Service]
    settings: StackSettings | None
    secrets_set: frozenset[str]
    known: Known
    now: datetime | None = None
    partly: frozenset[str] = frozenset()
    secrets_given: frozenset[str] | None = frozenset()
    stack: str = FIRST_STACK

    @cached_property
    def entries(self) -> Mapping[int, Mapping[str, object]]:
        """The entries of the service list that are mappings, unchecked, by their place."""
        items = self.raw.get("services")
        return {
            index: item for index, item in enumerate(items if isinstance(items, list) else []) if isinstance(item, dict)
        }

    @property
    def runtime(self) -> str:
        """The name that `runtime` says or is by default, whether there is such a runtime or not."""
        return str(self.raw.get("runtime", StackSettings.model_fields["runtime"].default))

    def section(self, key: str) -> Mapping[str, object]:
        """A section of the file, unchecked; empty when it is not a mapping."""
        found = self.raw.get(key)
        return found if isinstance(found, dict) else {}

    @cached_property
    def receivers(self) -> Mapping[str, Receiver]:
        """The receivers without a mistake of their own."""
        return _receivers(self.raw, self.known)

    @cached_property
    def teams(self) -> Mapping[str, Team]:
        """The teams without a mistake of their own."""
        return _readable(Team, self.section("teams"))

    @cached_property
    def alerting(self) -> AlertingSettings | None:
        """The section `alerting`; None when it has a mistake of its own."""
        return _alerting(self.raw)

    @cached_property
    def grafana(self) -> GrafanaSettings | None:
        """The section `grafana`; None when it has a mistake of its own."""
        return _grafana(self.raw)

    @cached_property
    def named_secrets(self) -> Mapping[str, str]:
        """Secrets that the file names, by the place that names them."""
        return _named_secrets(self.raw, self.services, self.known)

    @cached_property
    def plain_secrets(self) -> frozenset[str]:
        """Keys that are a secret's name, but whose values stand in the stack file for everyone to read."""
        return plain_secrets(self.raw, self.services, self.known)


def plain_secrets(raw: Mapping[str, object], services: Mapping[int, Service], known: Known) -> frozenset[str]:
    """Keys that are a secret's name, but whose values stand in the stack file for everyone to read."""
    named = set(_named_secrets(raw, services, known).values())
    return frozenset(raw.keys() & (named | known.generated_secrets | known.demo_secrets))


def _named_secrets(raw: Mapping[str, object], services: Mapping[int, Service], known: Known) -> dict[str, str]:
    return named_secrets(services, _receivers(raw, known), _alerting(raw), _grafana(raw))


def named_secrets(
    services: Mapping[int, Service],
    receivers: Mapping[str, Receiver],
    alerting: AlertingSettings | None,
    grafana: GrafanaSettings | None,
) -> dict[str, str]:
    """Secrets that these name, by the place that names them.

    Args:
        services: by their place in the list.
        receivers: by name.
        alerting: the section; None where it cannot be read.
        grafana: the same.
    """
    heartbeat = alerting.heartbeat if alerting else None
    owners = {
        **{f"services[{index}]": service.secrets() for index, service in services.items()},
        **{f"receivers.{name}": receiver.secrets() for name, receiver in receivers.items()},
        "alerting.heartbeat": heartbeat.secrets() if heartbeat else {},
        "grafana": grafana.secrets() if grafana else {},
    }
    return {f"{owner}.{field}": secret for owner, secrets in owners.items() for field, secret in secrets.items()}


def _receivers(raw: Mapping[str, object], known: Known) -> Mapping[str, Receiver]:
    return _readable(known.receiver_model(), raw.get("receivers"))


def _alerting(raw: Mapping[str, object]) -> AlertingSettings | None:
    return _readable(AlertingSettings, {"alerting": raw.get("alerting", {})}).get("alerting")


def _grafana(raw: Mapping[str, object]) -> GrafanaSettings | None:
    return _readable(GrafanaSettings, {"grafana": raw.get("grafana", {})}).get("grafana")


def _readable(model: type[_Model], entries: object) -> dict[str, _Model]:
    """The entries of a mapping that the model reads, by key."""
    found = {}
    for key, entry in entries.items() if isinstance(entries, dict) else ():
        try:
            found[str(key)] = model.model_validate_json(json.dumps(entry, default=str))
        except ValidationError:
            continue
    return found


SettingsCheck = Callable[[Checked], Iterator[Mistake]]
"""Yields the mistakes of one topic."""

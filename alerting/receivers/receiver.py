"""What a kind of receiver is: its settings, and what Alertmanager and Grafana each make of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from settings.receiver import ReceiverSettings

Block = Mapping[str, list[dict[str, Any]]]
"""Integrations of one receiver, as its entry in Alertmanager's `receivers` has them: `{"slack_configs": [{…}]}`."""


@dataclass(frozen=True)
class Contact:
    """One integration of a contact point of Grafana.

    Attributes:
        integration: the argument of the provider's `ContactPoint` that lists such integrations: `slacks`.
        values: its options as the provider names them; a `SecretRef` stands for the secret's value.
    """

    integration: str
    values: Mapping[str, Any]


def message(name: str) -> str:
    """The text `monitoring.<name>` of `alerting/messages/`, as a value of a receiver's option."""
    return f'{{{{ template "monitoring.{name}" . }}}}'


def by_severity(*, critical: str, high: str, warning: str, info: str, other: str) -> str:
    """A service's own word for the severity of the worst alert of a message; `other`: none of ours."""
    words = {"critical": critical, "high": high, "warning": warning, "info": info, "other": other}
    pairs = " ".join(f'"{severity}" "{word}"' for severity, word in words.items())
    return f'{{{{ template "monitoring.pick" (dict "data" . {pairs}) }}}}'


@dataclass(frozen=True)
class ReceiverKind:
    """One kind of receiver. A module of this package offers it as `RECEIVER`.

    Attributes:
        name: the key in an entry of `receivers` in the stack file.
        settings: the model of what stands under that key.
        alertmanager: its integrations. It gets an instance of `settings`; secrets are files named after them under
            `/run/secrets`.
        grafana: the same for a contact point of Grafana; it raises a `mistake` where Grafana has no such thing.
    """

    name: str
    settings: type[ReceiverSettings]
    alertmanager: Callable[[Any], Block]
    grafana: Callable[[Any], Contact]

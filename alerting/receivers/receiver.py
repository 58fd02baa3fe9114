"""What a kind of receiver is: its settings, and the block of Alertmanager's configuration that it becomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from settings.receiver import ReceiverSettings

# The texts of messages are templates of `alerting/messages/`.
TITLE = '{{ template "monitoring.title" . }}'
TEXT = '{{ template "monitoring.text" . }}'
HTML = '{{ template "monitoring.html" . }}'
SLACK = '{{ template "monitoring.slack" . }}'
SHORT = '{{ template "monitoring.short" . }}'

Block = Mapping[str, list[dict[str, Any]]]
"""Integrations of one receiver, as its entry in Alertmanager's `receivers` has them: `{"slack_configs": [{…}]}`."""


@dataclass(frozen=True)
class ReceiverKind:
    """One kind of receiver. A module of this package offers it as `RECEIVER`.

    Attributes:
        name: the key in an entry of `receivers` in the stack file.
        settings: the model of what stands under that key.
        alertmanager: its integrations. It gets an instance of `settings`; secrets are files named after them under
            `/run/secrets`.
    """

    name: str
    settings: type[ReceiverSettings]
    alertmanager: Callable[[Any], Block]

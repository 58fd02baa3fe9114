"""Every receiver as a contact point of Grafana."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from alerting.contacts import managed_contacts
from alerting.messages.managed import in_grafana
from alerting.receivers.receiver import Contact
from components.collector_gateway import ALERTS_PATH
from components.endpoints import GATEWAY_ALERTS
from components.secrets import Secrets
from settings.model import StackSettings
from settings.secrets import SecretRef

_RECORD = Contact("webhooks", {"url": f"{GATEWAY_ALERTS.url}{ALERTS_PATH}"})
"""What a receiver is told is recorded too, under its name."""


def contact_points(settings: StackSettings, secrets: Secrets) -> Mapping[str, Mapping[str, Any]]:
    """The arguments of the provider's `ContactPoint` by the receiver's name.

    Args:
        settings: with the receivers.
        secrets: the values of what they name. A list of integrations with one of them is a secret as a whole: Grafana
            takes some of them back in the clear, an address with its token among them.
    """
    return {name: _integrations((*contacts, _RECORD), secrets) for name, contacts in managed_contacts(settings).items()}


def _integrations(contacts: tuple[Contact, ...], secrets: Secrets) -> Mapping[str, Any]:
    found: dict[str, list[dict[str, Any]]] = {}
    for contact in contacts:
        values = {option: _written(value, secrets) for option, value in contact.values.items()}
        found.setdefault(contact.integration, []).append(values)
    secret = {contact.integration for contact in contacts if _names_secret(contact)}
    return {kind: pulumi.Output.secret(values) if kind in secret else values for kind, values in found.items()}


def _names_secret(contact: Contact) -> bool:
    return any(isinstance(value, SecretRef) for value in contact.values.values())


def _written(value: Any, secrets: Secrets) -> Any:
    if isinstance(value, SecretRef):
        return secrets.value(value.name)
    if isinstance(value, str):
        return in_grafana(value)
    if isinstance(value, dict):
        return {key: _written(item, secrets) for key, item in value.items()}
    return value

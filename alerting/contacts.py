"""Every receiver of a stack by name, with its integrations: those of the settings, and the stack's own."""

from __future__ import annotations

from dataclasses import replace

from alerting.receivers import receiver_kinds
from alerting.receivers.receiver import Block, Contact
from alerting.receivers.webhook import RECEIVER as WEBHOOK
from alerting.receivers.webhook import WebhookSettings
from settings.alerting import Heartbeat
from settings.model import StackSettings
from settings.receiver import HEARTBEAT_RECEIVER, HISTORY_RECEIVER, NOBODY_RECEIVER


def contacts(settings: StackSettings) -> dict[str, Block]:
    """Integrations by the receiver's name; none for what is only recorded, or not even that."""
    heartbeat = settings.alerting.heartbeat
    return {
        NOBODY_RECEIVER: {},
        HISTORY_RECEIVER: {},
        HEARTBEAT_RECEIVER: _heartbeat(heartbeat) if heartbeat else {},
        **{
            name: receiver_kinds()[receiver.kind].alertmanager(receiver.settings)
            for name, receiver in settings.receivers.items()
        },
    }


def managed_contacts(settings: StackSettings) -> dict[str, tuple[Contact, ...]]:
    """The same for Grafana's contact points."""
    heartbeat = settings.alerting.heartbeat
    return {
        HISTORY_RECEIVER: (),
        HEARTBEAT_RECEIVER: (_managed_heartbeat(heartbeat),) if heartbeat else (),
        **{
            name: (receiver_kinds()[receiver.kind].grafana(receiver.settings),)
            for name, receiver in settings.receivers.items()
        },
    }


def contact_secrets(settings: StackSettings) -> frozenset[str]:
    """Names of the secrets that their integrations need."""
    named = {secret for receiver in settings.receivers.values() for secret in receiver.secrets().values()}
    heartbeat = settings.alerting.heartbeat
    return frozenset(named | set(heartbeat.secrets().values() if heartbeat else ()))


# An end of the alert that always fires is what the other side must not be told.
def _heartbeat(heartbeat: Heartbeat) -> Block:
    (config,) = WEBHOOK.alertmanager(_webhook(heartbeat)).values()
    return {"webhook_configs": [{**config[0], "send_resolved": False}]}


def _managed_heartbeat(heartbeat: Heartbeat) -> Contact:
    contact = WEBHOOK.grafana(_webhook(heartbeat))
    return replace(contact, values={**contact.values, "disable_resolve_message": True})


def _webhook(heartbeat: Heartbeat) -> WebhookSettings:
    return WebhookSettings(url=heartbeat.url, url_secret=heartbeat.webhook)

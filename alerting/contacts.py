"""Every receiver of a stack by name, with its integrations: those of the settings, and the stack's own."""

from __future__ import annotations

from alerting.receivers import receiver_kinds
from alerting.receivers.receiver import Block
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


def contact_secrets(settings: StackSettings) -> frozenset[str]:
    """Names of the secrets that their integrations read as files under `/run/secrets`."""
    named = {secret for receiver in settings.receivers.values() for secret in receiver.secrets().values()}
    heartbeat = settings.alerting.heartbeat
    return frozenset(named | set(heartbeat.secrets().values() if heartbeat else ()))


def _heartbeat(heartbeat: Heartbeat) -> Block:
    (config,) = WEBHOOK.alertmanager(WebhookSettings(url=heartbeat.url, url_secret=heartbeat.webhook)).values()
    # An end of the alert that always fires is what the other side must not be told.
    return {"webhook_configs": [{**config[0], "send_resolved": False}]}

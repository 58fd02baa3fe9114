"""Discord, by a channel's webhook."""

from __future__ import annotations

from pydantic import Field

from alerting.receivers.receiver import Block, Contact, ReceiverKind, message
from settings.receiver import ReceiverSettings
from settings.secrets import SecretRef, secret_path
from settings.types import SecretName


class DiscordSettings(ReceiverSettings):
    """A channel in Discord."""

    webhook: SecretName = Field(description="The name of the secret with the webhook's URL.")

    def secrets(self) -> dict[str, str]:
        """The webhook's URL."""
        return {"webhook": self.webhook}


def _alertmanager(settings: DiscordSettings) -> Block:
    config = {
        "webhook_url_file": secret_path(settings.webhook),
        "send_resolved": True,
        "title": message("discord.title"),
        "message": message("discord"),
    }
    return {"discord_configs": [config]}


def _grafana(settings: DiscordSettings) -> Contact:
    return Contact(
        "discords",
        {"url": SecretRef(settings.webhook), "title": message("discord.title"), "message": message("discord")},
    )


RECEIVER = ReceiverKind("discord", DiscordSettings, _alertmanager, _grafana)

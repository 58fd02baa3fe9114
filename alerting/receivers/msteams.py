"""Microsoft Teams, by a workflow that takes webhook requests (the connectors of before have been switched off)."""

from __future__ import annotations

from pydantic import Field

from alerting.receivers.receiver import Block, Contact, ReceiverKind, message
from settings.receiver import ReceiverSettings
from settings.secrets import SecretRef, secret_path
from settings.types import SecretName


class TeamsSettings(ReceiverSettings):
    """A channel or a chat in Microsoft Teams."""

    webhook: SecretName = Field(description="The name of the secret with the workflow's URL.")

    def secrets(self) -> dict[str, str]:
        """The workflow's URL."""
        return {"webhook": self.webhook}


def _alertmanager(settings: TeamsSettings) -> Block:
    config = {
        "webhook_url_file": secret_path(settings.webhook),
        "send_resolved": True,
        "title": message("teams.title"),
        "text": message("teams"),
    }
    return {"msteamsv2_configs": [config]}


def _grafana(settings: TeamsSettings) -> Contact:
    return Contact(
        "teams", {"url": SecretRef(settings.webhook), "title": message("teams.title"), "message": message("teams")}
    )


RECEIVER = ReceiverKind("msteams", TeamsSettings, _alertmanager, _grafana)

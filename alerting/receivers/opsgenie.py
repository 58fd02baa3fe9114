"""Opsgenie, by its Alert API, which Jira Service Management answers too."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from alerting.receivers.receiver import Block, Contact, ReceiverKind, by_severity, message
from settings.receiver import PlainText, ReceiverSettings
from settings.secrets import SecretRef, secret_path
from settings.types import BaseUrl, SecretName

# P1 is Opsgenie's highest of five, P3 its default.
PRIORITIES = {"critical": "P1", "high": "P2", "warning": "P3", "info": "P5", "other": "P3"}
PRIORITY_ANNOTATION = "og_priority"
"""The annotation that Grafana takes the priority from."""


class OpsgenieSettings(ReceiverSettings):
    """A team's integration in Opsgenie."""

    api_key: SecretName = Field(description="The name of the secret with the integration's API key.")
    responders: tuple[PlainText, ...] = Field(
        default=(), description="Names of teams that respond; default: the team that the integration belongs to."
    )
    url: BaseUrl | None = Field(default=None, description="Where alerts go; default: Opsgenie's in the USA.")

    def secrets(self) -> dict[str, str]:
        """The API key."""
        return {"api_key": self.api_key}


def _alertmanager(settings: OpsgenieSettings) -> Block:
    config: dict[str, Any] = {
        "api_key_file": secret_path(settings.api_key),
        "send_resolved": True,
        "message": message("short"),
        "description": message("text"),
        "priority": by_severity(**PRIORITIES),
        "source": "{{ .ExternalURL }}",
        "entity": "{{ .CommonLabels.service }}",
        "tags": "{{ .CommonLabels.cause }},{{ .CommonLabels.environment }}",
        "details": {
            "runbook": "{{ .CommonAnnotations.runbook_url }}",
            "dashboard": message("dashboard"),
            "silence": message("silence"),
        },
    }
    if settings.responders:
        config["responders"] = [{"type": "team", "name": name} for name in settings.responders]
    return {"opsgenie_configs": [{**config, "api_url": settings.url} if settings.url else config]}


def _grafana(settings: OpsgenieSettings) -> Contact:
    # The priority comes with each alert: `PRIORITY_ANNOTATION`.
    values: dict[str, Any] = {
        "api_key": SecretRef(settings.api_key),
        "message": message("short"),
        "description": message("text"),
        "override_priority": True,
        "send_tags_as": "both",
    }
    if settings.responders:
        values["responders"] = [{"type": "team", "name": name} for name in settings.responders]
    return Contact("opsgenies", {**values, "url": settings.url} if settings.url else values)


RECEIVER = ReceiverKind("opsgenie", OpsgenieSettings, _alertmanager, _grafana)

"""PagerDuty, by its Events API (version 2)."""

from __future__ import annotations

from pydantic import Field

from alerting.receivers.receiver import SHORT, Block, ReceiverKind
from settings.receiver import ReceiverSettings
from settings.secrets import secret_path
from settings.types import SecretName, Url

# PagerDuty's words for severities: critical, error, warning, info.
_SEVERITY = (
    '{{ with .CommonLabels.severity }}{{ if eq . "high" }}error{{ else }}{{ . }}{{ end }}{{ else }}error{{ end }}'
)


class PagerDutySettings(ReceiverSettings):
    """A service in PagerDuty."""

    routing_key: SecretName = Field(description="The name of the secret with the integration key (Events API v2).")
    url: Url | None = Field(default=None, description="Where events go; default: PagerDuty's in the USA.")

    def secrets(self) -> dict[str, str]:
        """The integration key."""
        return {"routing_key": self.routing_key}


def _alertmanager(settings: PagerDutySettings) -> Block:
    config = {
        "routing_key_file": secret_path(settings.routing_key),
        "send_resolved": True,
        "description": SHORT,
        "severity": _SEVERITY,
        "class": "{{ .CommonLabels.cause }}",
        "component": "{{ .CommonLabels.service }}",
        "group": "{{ .CommonLabels.environment }}",
    }
    return {"pagerduty_configs": [{**config, "url": settings.url} if settings.url else config]}


RECEIVER = ReceiverKind("pagerduty", PagerDutySettings, _alertmanager)

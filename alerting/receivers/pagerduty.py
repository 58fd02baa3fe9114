"""PagerDuty, by its Events API (version 2)."""

from __future__ import annotations

from pydantic import Field

from alerting.receivers.receiver import Block, ReceiverKind, by_severity, message
from settings.receiver import ReceiverSettings
from settings.secrets import secret_path
from settings.types import SecretName, Url

_SEVERITY = by_severity(critical="critical", high="error", warning="warning", info="info", other="error")


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
        "description": message("short"),
        "severity": _SEVERITY,
        "source": "{{ or .CommonLabels.service .CommonLabels.environment .Receiver }}",
        "class": "{{ .CommonLabels.cause }}",
        "component": "{{ .CommonLabels.service }}",
        "group": "{{ .CommonLabels.environment }}",
        "client": "Alertmanager",
        "client_url": "{{ .ExternalURL }}",
        # Entries without an address are left out.
        "links": [
            {"text": "Runbook", "href": "{{ .CommonAnnotations.runbook_url }}"},
            {"text": "Dashboard", "href": message("dashboard")},
            {"text": "Silence", "href": message("silence")},
        ],
        # `firing` and `resolved` in place of Alertmanager's own, which are every label of every alert.
        "details": {
            "alert": "{{ .CommonLabels.alertname }}",
            "firing": f'{{{{ if eq .Status "firing" }}}}{message("text")}{{{{ end }}}}',
            "resolved": f'{{{{ if eq .Status "resolved" }}}}{message("text")}{{{{ end }}}}',
        },
    }
    return {"pagerduty_configs": [{**config, "url": settings.url} if settings.url else config]}


RECEIVER = ReceiverKind("pagerduty", PagerDutySettings, _alertmanager)

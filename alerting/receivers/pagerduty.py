"""PagerDuty, by its Events API (version 2)."""

from __future__ import annotations

from pydantic import Field

from alerting.receivers.receiver import Block, Contact, ReceiverKind, by_severity, message
from settings.receiver import ReceiverSettings
from settings.secrets import SecretRef, secret_path
from settings.types import AskedUrl, SecretName

_SEVERITY = by_severity(critical="critical", high="error", warning="warning", info="info", other="error")
_SOURCE = "{{ or .CommonLabels.service .CommonLabels.environment .Receiver }}"
# `firing` and `resolved` in place of those that Alertmanager and Grafana add, which are every label of every alert.
_DETAILS = {
    "alert": "{{ .CommonLabels.alertname }}",
    "firing": f'{{{{ if eq .Status "firing" }}}}{message("text")}{{{{ end }}}}',
    "resolved": f'{{{{ if eq .Status "resolved" }}}}{message("text")}{{{{ end }}}}',
}


class PagerDutySettings(ReceiverSettings):
    """A service in PagerDuty."""

    routing_key: SecretName = Field(description="The name of the secret with the integration key (Events API v2).")
    url: AskedUrl | None = Field(default=None, description="Where events go; default: PagerDuty's in the USA.")

    def secrets(self) -> dict[str, str]:
        """The integration key."""
        return {"routing_key": self.routing_key}


def _alertmanager(settings: PagerDutySettings) -> Block:
    config = {
        "routing_key_file": secret_path(settings.routing_key),
        "send_resolved": True,
        "description": message("short"),
        "severity": _SEVERITY,
        "source": _SOURCE,
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
        "details": _DETAILS,
    }
    return {"pagerduty_configs": [{**config, "url": settings.url} if settings.url else config]}


def _grafana(settings: PagerDutySettings) -> Contact:
    values = {
        "integration_key": SecretRef(settings.routing_key),
        "summary": message("short"),
        "severity": _SEVERITY,
        "source": _SOURCE,
        "class_": "{{ .CommonLabels.cause }}",
        "component": "{{ .CommonLabels.service }}",
        "group": "{{ .CommonLabels.environment }}",
        "client": "Grafana",
        "client_url": "{{ .ExternalURL }}",
        # Grafana has no links of one's own here; the text has them.
        "details": _DETAILS,
    }
    return Contact("pagerduties", {**values, "url": settings.url} if settings.url else values)


RECEIVER = ReceiverKind("pagerduty", PagerDutySettings, _alertmanager, _grafana)

"""Every receiver as a contact point: its options, its secrets, its words, its record."""

from __future__ import annotations

import inspect
import re
from typing import Any

import pulumiverse_grafana as grafana
import pytest

from alerting.messages.managed import managed_templates
from alerting.receivers import receiver_kinds
from runtimes.capture import CapturedResource
from settings.secrets import SecretRef
from tests.conftest import Deployment
from tests.unit.alerting.messages.test_messages import NAMED, SAID
from tests.unit.components.grafana_alerting.conftest import RECEIVERS, SECRETS

CONTACT_POINT = "grafana:alerting/contactPoint:ContactPoint"
HISTORY = {"url": "http://collector-gateway:8088/alerts"}
FIRING = '{{ if eq .Status "firing" }}{{ template "monitoring.text" . }}{{ end }}'
RESOLVED = '{{ if eq .Status "resolved" }}{{ template "monitoring.text" . }}{{ end }}'
SEVERITY = (
    '{{ template "monitoring.pick" (coll.Dict "data" . "critical" "critical" "high" "error" "warning" "warning"'
    ' "info" "info" "other" "error") }}'
)


def said(name: str) -> str:
    return f'{{{{ template "monitoring.{name}" . }}}}'


EXPECTED: dict[str, dict[str, Any]] = {
    "history": {},
    "heartbeat": {"webhooks": {"url": SECRETS["heartbeatUrl"], "disableResolveMessage": True}},
    "a-discord": {
        "discords": {"url": SECRETS["discordUrl"], "title": said("discord.title"), "message": said("discord")}
    },
    "a-email": {
        "emails": {
            "addresses": ["ops@example.com", "shop@example.com"],
            "singleEmail": True,
            "subject": said("title"),
            "message": said("text"),
        }
    },
    "a-msteams": {"teams": {"url": SECRETS["teamsUrl"], "title": said("teams.title"), "message": said("teams")}},
    "a-opsgenie": {
        "opsgenies": {
            "apiKey": SECRETS["opsgenieKey"],
            "message": said("short"),
            "description": said("text"),
            "overridePriority": True,
            "sendTagsAs": "both",
            "responders": [{"type": "team", "name": "shop"}],
            "url": "https://eu.example.com",
        }
    },
    "a-pagerduty": {
        "pagerduties": {
            "integrationKey": SECRETS["pagerKey"],
            "summary": said("short"),
            "severity": SEVERITY,
            "source": "{{ or .CommonLabels.service .CommonLabels.environment .Receiver }}",
            "class": "{{ .CommonLabels.cause }}",
            "component": "{{ .CommonLabels.service }}",
            "group": "{{ .CommonLabels.environment }}",
            "client": "Grafana",
            "clientUrl": "{{ .ExternalURL }}",
            "details": {"alert": "{{ .CommonLabels.alertname }}", "firing": FIRING, "resolved": RESOLVED},
            "url": "https://eu.example.com/v2",
        }
    },
    "a-slack": {
        "slacks": {
            "url": SECRETS["slackUrl"],
            "recipient": "#shop",
            "title": said("slack.title"),
            "text": said("slack"),
            "color": said("colour"),
        }
    },
    "a-slack-bot": {
        "slacks": {
            "token": SECRETS["slackToken"],
            "recipient": "#shop",
            "title": said("slack.title"),
            "text": said("slack"),
            "color": said("colour"),
        }
    },
    "a-telegram": {
        "telegrams": {
            "token": SECRETS["telegramToken"],
            "chatId": "-5",
            "messageThreadId": "7",
            "parseMode": "None",
            "message": f"{said('title')}\n{said('text')}",
        }
    },
    "a-webhook": {
        "webhooks": {
            "url": SECRETS["hookUrl"],
            "authorizationScheme": "Bearer",
            "authorizationCredentials": SECRETS["hookToken"],
        }
    },
    "a-webhook-login": {
        "webhooks": {
            "url": "https://in.example.com",
            "basicAuthUser": "me",
            "basicAuthPassword": SECRETS["hookPassword"],
        }
    },
}


@pytest.fixture
def points(managed: Deployment) -> dict[str, CapturedResource]:
    return {found.inputs["name"]: found for found in managed.of(CONTACT_POINT).values()}


def test_every_receiver_is_a_contact_point_whose_messages_are_recorded_too(points: dict[str, CapturedResource]) -> None:
    assert points.keys() == EXPECTED.keys() == {"history", "heartbeat", *RECEIVERS}
    for name, expected in EXPECTED.items():
        integrations = {kind: [values] for kind, values in expected.items()}
        integrations.setdefault("webhooks", []).append(HISTORY)
        assert points[name].inputs == {"name": name, **integrations}, name
        given = set(SECRETS.values())
        secret = {kind for kind, values in expected.items() if given & {*map(str, values.values())}}
        assert points[name].secrets == secret, name
        assert secret or name in ("history", "a-email"), name


def test_contact_points_come_after_the_words_they_say(points: dict[str, CapturedResource], managed: Deployment) -> None:
    templates = {found.urn for found in managed.resources if found.type.endswith(":MessageTemplate")}
    assert len(templates) == len(managed_templates("UTC", {}))
    for name, point in points.items():
        assert templates <= set(point.depends_on), name


@pytest.mark.parametrize("kind", sorted(set(SAID) - {"raw"}))
def test_the_provider_knows_every_option(kind: str) -> None:
    found = receiver_kinds()[kind]
    contact = found.grafana(found.settings.model_validate(SAID[kind]))
    taken = inspect.signature(grafana.alerting.ContactPointArgs.__init__).parameters[contact.integration]
    (arguments,) = set(re.findall(r"\bContactPoint\w+Args\b", str(taken.annotation)))
    values = {key: "text" if isinstance(value, SecretRef) else value for key, value in contact.values.items()}
    getattr(grafana.alerting, arguments)(**values)


def test_every_text_that_a_contact_point_names_is_there() -> None:
    defined = {
        name for text in managed_templates("UTC", {}).values() for name in re.findall(r'define "([\w.]+)"', text)
    }
    kinds = receiver_kinds()
    for kind in sorted(set(SAID) - {"raw"}):
        contact = kinds[kind].grafana(kinds[kind].settings.model_validate(SAID[kind]))
        named = set(NAMED.findall(str(contact.values)))
        assert named <= defined, kind
        assert named or kind == "webhook", kind

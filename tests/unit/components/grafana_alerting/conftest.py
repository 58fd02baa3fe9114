"""A stack whose alerts Grafana manages: every kind of service and of receiver, times, and overrides."""

from __future__ import annotations

import pytest

from catalog import kinds
from tests.conftest import Deploy, Deployment
from tests.plans import smallest_entry

RECEIVERS: dict[str, dict[str, object]] = {
    "a-discord": {"discord": {"webhook": "discordUrl"}},
    "a-email": {
        "email": {
            "to": ["ops@example.com", "shop@example.com"],
            "smarthost": "smtp.example.com:587",
            "username": "monitor@example.com",
            "password": "mailPassword",
        }
    },
    "a-msteams": {"msteams": {"webhook": "teamsUrl"}},
    "a-opsgenie": {"opsgenie": {"api_key": "opsgenieKey", "responders": ["shop"], "url": "https://eu.example.com"}},
    "a-pagerduty": {"pagerduty": {"routing_key": "pagerKey", "url": "https://eu.example.com/v2"}},
    "a-slack": {"slack": {"webhook": "slackUrl", "channel": "#shop"}},
    "a-slack-bot": {"slack": {"token": "slackToken", "channel": "#shop"}},
    "a-telegram": {"telegram": {"bot_token": "telegramToken", "chat": -5, "thread": 7}},
    "a-webhook": {"webhook": {"url_secret": "hookUrl", "bearer_token": "hookToken"}},
    "a-webhook-login": {"webhook": {"url": "https://in.example.com", "username": "me", "password": "hookPassword"}},
}
SECRETS = {
    name: f"the value of {name} $1"
    for name in (
        *("discordUrl", "mailPassword", "teamsUrl", "opsgenieKey", "pagerKey", "slackUrl", "slackToken"),
        *("telegramToken", "hookUrl", "hookToken", "hookPassword", "heartbeatUrl", "aPassword"),
    )
}
TEAMS = {f"team{number}": {"notify": name} for number, name in enumerate(RECEIVERS)}
ALERTING = {
    "default": "a-email",
    "heartbeat": {"webhook": "heartbeatUrl"},
    "timezone": "Europe/Berlin",
    "times": {"nights": {"from": "22:00", "to": "06:00"}},
    "mute": [{"alerts": ["TrafficVanished"], "during": "nights", "reason": "Nobody/orders: at night"}],
    "maintenance": [
        {"services": ["a-redis"], "from": "2026-12-01T22:00", "to": "2026-12-02T02:00", "reason": "new disk"}
    ],
}
STORES = (("victorialogs", "jaeger"), ("loki", "tempo"))


def deploy_managed(deployed: Deploy, logs: str, traces: str) -> Deployment:
    services = [smallest_entry(kind) for kind in kinds().values()]
    services[0] = {**services[0], "owner": "team0", "alerts": {"ServiceDown": {"for": "7m"}}}
    return deployed(
        "dev",
        secrets=SECRETS,
        runtime="docker",
        services=services,
        demo=None,
        logs={"store": logs},
        traces={"store": traces},
        images={"source": "registry"},
        grafana={"alerting": "managed", "url": "https://grafana.example.com"},
        prometheus={"evaluation_interval": "15s"},
        receivers=RECEIVERS,
        teams=TEAMS,
        alerting=ALERTING,
        alerts=None,
    )


@pytest.fixture(params=STORES, ids="-".join)
def each_managed(request: pytest.FixtureRequest, deployed: Deploy) -> Deployment:
    """The stack with each pair of stores: together they have every rule that is shipped."""
    return deploy_managed(deployed, *request.param)


@pytest.fixture
def managed(deployed: Deploy) -> Deployment:
    return deploy_managed(deployed, *STORES[0])

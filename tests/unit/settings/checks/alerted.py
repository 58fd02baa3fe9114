"""A stack file that tells two teams about alerts, without a mistake; tests change one thing in it."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from program.checks import checks
from program.images import image_catalog
from program.known import known
from settings import ConfigurationError, load_settings
from settings.stackfile import RawConfiguration

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
_FILE: dict[str, Any] = {
    "services": [
        {"name": "orders", "kind": "fastapi", "target": "orders:8000", "owner": "shop"},
        {"name": "bills", "kind": "fastapi", "target": "bills:8000", "owner": "money"},
        {"name": "lookups", "kind": "cache", "metrics_from": "orders", "owner": "shop"},
    ],
    "receivers": {
        "chat": {"slack": {"webhook": "chatUrl"}},
        "pager": {"pagerduty": {"routing_key": "pagerKey"}},
        "mail": {"email": {"to": ["ops@example.com"], "smarthost": "mail:25", "tls": "none"}},
    },
    "teams": {
        "shop": {"page": "pager", "notify": "chat", "during": "office", "escalate": {"after": "10m", "to": "mail"}},
        "money": {"notify": "mail"},
    },
    "alerting": {
        "default": "mail",
        "heartbeat": {"webhook": "heartbeatUrl"},
        "times": {
            "office": {"from": "09:00", "to": "17:00", "holidays": ["12-25"], "timezone": "Asia/Tokyo"},
            "night": {"from": "22:00", "to": "06:00"},
        },
        "maintenance": [
            {"services": ["orders"], "from": "2026-12-01T22:00", "to": "2026-12-02T02:00", "reason": "Upgrade"}
        ],
        "mute": [{"teams": ["money"], "alerts": ["HighLatency"], "during": "night", "reason": "Batch"}],
    },
}
SECRETS = frozenset({"chatUrl", "pagerKey", "heartbeatUrl"})


def mistakes(path: str, value: object, secrets: frozenset[str] = SECRETS, *, now: datetime | None = NOW) -> list[str]:
    """Every mistake in the file with one value changed; None removes it.

    Args:
        path: keys and places in lists to the value, with dots: `services.0.owner`.
        value: what stands there instead.
        secrets: those that are set.
        now: the time of the deployment.
    """
    file = deepcopy(_FILE)
    *above, last = [int(key) if key.isdigit() else key for key in path.split(".")]
    place: Any = file
    for key in above:
        place = place[key]
    if value is None:
        del place[last]
    else:
        place[last] = value
    try:
        load(file, secrets, now)
    except ConfigurationError as error:
        return [str(mistake) for mistake in error.mistakes]
    return []


def load(file: dict[str, Any], secrets: frozenset[str], now: datetime | None) -> None:
    catalog = image_catalog()
    load_settings(RawConfiguration("Pulumi.prod.yaml", file, secrets), known(catalog), checks(catalog), now=now)

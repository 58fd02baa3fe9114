"""Who is told about an alert, by a routing tree: walked as Alertmanager walks it."""

from __future__ import annotations

from collections.abc import Mapping

from alerting.route import Route
from alerting.routing import Routing
from catalog.plan import MonitoringPlan
from tests import plans

SERVICES: tuple[dict[str, object], ...] = (
    {"name": "orders", "kind": "fastapi", "target": "orders:8000", "owner": "shop"},
    {"name": "orders-db", "kind": "redis", "target": "orders-db:6379", "owner": "shop"},
    {"name": "bills", "kind": "fastapi", "target": "bills:8000", "owner": "money"},
    {"name": "stray", "kind": "redis", "target": "stray:6379"},
)
HOOK = {"webhook": {"url": "https://hooks.example.com/in"}}
ALL: dict[str, object] = dict.fromkeys(("chat", "pager", "boss", "mail", "everyone"), HOOK)
TEAMS: dict[str, object] = {
    "shop": {"page": "pager", "notify": "chat", "escalate": {"after": "10m", "to": "boss"}},
    "money": {"notify": "mail"},
}


def plan(alerting: Mapping[str, object] | None = None, **sections: object) -> MonitoringPlan:
    """The plan of two teams' services; `alerting` is added to a default receiver."""
    said = {"default": "everyone", **(alerting or {})}
    return plans.plan_of(
        *SERVICES, **{"environment": "prod", "receivers": ALL, "teams": TEAMS, "alerting": said, **sections}
    )


def found(routing: Routing, **labels: str) -> list[Route]:
    """The routes that an alert takes, deepest ones only, but the record of all."""
    return [route for route in _below(routing.root, labels) if route.receiver != "history"]


def told(routing: Routing, **labels: str) -> list[str]:
    """Names of the receivers that are told, in order."""
    return [route.receiver for route in found(routing, **labels)]


def _below(route: Route, labels: Mapping[str, str]) -> list[Route]:
    taken: list[Route] = []
    for child in route.routes:
        if all(labels.get(matcher.label) in matcher.values for matcher in child.matchers):
            taken += _below(child, labels)
            if not child.goes_on:
                break
    return taken or [route]

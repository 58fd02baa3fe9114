"""Maintenance and weekly mutes keep back what they name, and nothing else."""

from __future__ import annotations

from itertools import product

import pytest

from alerting.routing import Routing, routing
from tests.unit.alerting.routed import found, plan

NIGHT = {"times": {"night": {"from": "22:00", "to": "06:00"}}}
UPGRADE = {"services": ["orders-db"], "from": "2026-12-01T22:00", "to": "2026-12-02T02:00", "reason": "Upgrade"}
M, W0, W1 = "alerting.maintenance[0]: Upgrade", "alerting.mute[0]: Batch", "alerting.mute[1]: Sleep"


def muted(tree: Routing, service: str, alert: str, severity: str = "warning") -> set[tuple[str, ...]]:
    """The intervals during which each of the alert's messages waits."""
    owner = {"orders": "shop", "orders-db": "shop", "bills": "money"}.get(service, "unowned")
    routes = found(tree, owner=owner, service=service, alertname=alert, severity=severity)
    assert routes
    return {route.muted for route in routes}


@pytest.fixture(scope="module")
def tree() -> Routing:
    mute = [
        {"services": ["orders-db", "orders"], "alerts": ["HighLatency"], "during": "night", "reason": "Batch"},
        {"teams": ["shop"], "alerts": ["TrafficVanished", "HighLatency"], "during": "night", "reason": "Sleep"},
    ]
    return routing(plan({**NIGHT, "maintenance": [UPGRADE], "mute": mute}))


@pytest.mark.parametrize("severity", ["critical", "high", "warning", "info"])
@pytest.mark.parametrize(
    ("service", "alert", "expected"),
    [
        ("orders-db", "ServiceDown", (M,)),
        ("orders-db", "HighLatency", (M, W0, W1)),
        ("orders-db", "TrafficVanished", (M, W1)),
        ("orders", "HighLatency", (W0, W1)),
        ("orders", "TrafficVanished", (W1,)),
        ("orders", "ServiceDown", ()),
        ("bills", "HighLatency", ()),
        ("bills", "TrafficVanished", ()),
        ("stray", "HighLatency", ()),
    ],
)
def test_every_message_waits_for_exactly_the_mutes_that_name_its_alert(
    tree: Routing, service: str, alert: str, severity: str, expected: tuple[str, ...]
) -> None:
    assert muted(tree, service, alert, severity) == {expected}


def test_a_mute_of_alerts_alone_is_about_everybodys() -> None:
    tree = routing(plan({**NIGHT, "mute": [{"alerts": ["HighLatency"], "during": "night", "reason": "Batch"}]}))
    for service, alert in product(("orders", "bills", "stray"), ("HighLatency", "ServiceDown")):
        assert muted(tree, service, alert) == {(W0,) if alert == "HighLatency" else ()}


def test_a_component_of_the_stack_is_muted_where_its_alerts_are_told() -> None:
    mute = [{"services": ["prometheus", "bills"], "during": "night", "reason": "Batch"}]
    tree = routing(plan({**NIGHT, "mute": mute}))
    assert muted(tree, "prometheus", "ServiceDown") == {(W0,)}
    assert muted(tree, "bills", "ServiceDown") == {(W0,)}
    assert muted(tree, "stray", "ServiceDown") == {()}


def test_the_times_of_mutes_are_called_after_their_place_and_reason(tree: Routing) -> None:
    assert [interval.name for interval in tree.times] == ["night", M, W0, W1]
    assert tree.times[0].spans == tree.times[2].spans


def test_mutes_keep_the_hours_of_the_team_and_the_receivers_of_each_severity() -> None:
    teams = {"shop": {"page": "pager", "notify": "chat", "during": "night", "escalate": {"after": "1h", "to": "boss"}},
             "money": {"notify": "mail"}}  # fmt: skip
    tree = routing(plan({**NIGHT, "maintenance": [UPGRADE]}, teams=teams))
    labels = {"owner": "shop", "service": "orders-db", "alertname": "ServiceDown"}
    critical = found(tree, severity="critical", **labels)
    assert [(route.receiver, route.muted, route.active) for route in critical] == [
        ("pager", (M,), ()),
        ("chat", (M,), ()),
        ("boss", (M,), ()),
    ]
    assert [route.timing.wait for route in critical] == ["5s", "5s", "1h"]
    (warning,) = found(tree, severity="warning", **labels)
    assert (warning.receiver, warning.muted, warning.active) == ("chat", (M,), ("night",))

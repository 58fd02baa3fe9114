"""Reading what the recorder and Alertmanager answer."""

from __future__ import annotations

from operations.drill.told import Held, Seen, delivery_of, held_of, observed

SHOP, ORDERS = {"alertname": "ServiceDown", "service": "shop"}, {"alertname": "ServiceDown", "service": "orders"}


def test_a_delivery_is_split_into_what_fires_and_what_is_over() -> None:
    alerts = [{"status": "firing", "labels": SHOP}, {"status": "resolved", "labels": ORDERS}]
    read = delivery_of({"arrived": 12.5, "payload": {"receiver": "page", "status": "firing", "alerts": alerts}})
    assert (read.arrived, read.receiver, read.firing, read.resolved) == (12.5, "page", (SHOP,), (ORDERS,))


def test_only_an_alert_that_another_inhibits_counts_as_inhibited() -> None:
    silenced = {"state": "suppressed", "inhibitedBy": [], "silencedBy": ["holiday"]}
    inhibited = {"state": "suppressed", "inhibitedBy": ["cause"], "silencedBy": []}
    assert held_of({"labels": SHOP, "status": silenced}) == Held(SHOP, inhibited=False)
    assert held_of({"labels": SHOP, "status": inhibited}) == Held(SHOP, inhibited=True)


def test_an_alert_was_there_from_its_first_to_its_last_sighting() -> None:
    shop, orders = Held(SHOP, inhibited=False), Held(ORDERS, inhibited=True)
    sightings = [(60.0, shop), (62.0, shop), (62.0, orders), (90.0, shop), (91.0, Held({"service": "other"}, False))]
    assert observed({"shop", "orders"}, sightings) == (Seen(SHOP, 60, 90), Seen(ORDERS, 62, 62))

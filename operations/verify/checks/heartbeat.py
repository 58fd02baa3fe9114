"""An alert goes all the way: Prometheus fires it, Alertmanager routes it, a webhook receiver stores it."""

from __future__ import annotations

from functools import partial

from alerting.routing import HEARTBEAT
from components.collector_gateway import ALERT_HISTORY
from components.endpoints import ALERTMANAGER, GATEWAY_OTLP_GRPC
from dashboards.signals import LogQuery
from operations.verify.live import Live
from operations.verify.rows import Check, Row, not_yet, passed

# The route repeats the heartbeat every minute.
_WINDOW = "5m"


def checks(live: Live) -> list[Check]:
    """One row for each leg of the way."""
    return [
        Check.one("heartbeat fires", partial(_fires, live)),
        Check.one("heartbeat routed", partial(_routed, live)),
        Check.one("heartbeat delivered", partial(_delivered, live)),
    ]


def _fires(live: Live, name: str) -> Row:
    states = [alert["state"] for alert in live.prometheus.alerts() if alert["labels"]["alertname"] == HEARTBEAT]
    if "firing" in states:
        return passed(name, "in Prometheus")
    return not_yet(name, f"Prometheus does not fire it: runbooks/{HEARTBEAT}.md says what that means.")


def _routed(live: Live, name: str) -> Row:
    states = live.alertmanager.states(HEARTBEAT)
    if "active" in states:
        return passed(name, "active in Alertmanager")
    if states:
        return not_yet(name, f"Alertmanager holds it as {states[0]}: remove the silence or inhibition on it.")
    return not_yet(name, f"Alertmanager does not have it: {live.logs('prometheus')} says why.")


def _delivered(live: Live, name: str) -> Row:
    store = live.stores.logs
    query = LogQuery((ALERT_HISTORY,), contains=('"status":"firing"', f'"alertname":"{HEARTBEAT}"'))
    line = live.ask(store.newest(query, _WINDOW))
    if line:
        return passed(name, f"notification {live.age(line)} at the webhook receiver, kept in {store.title}")
    alertmanager, gateway = live.logs(ALERTMANAGER.workload), live.logs(GATEWAY_OTLP_GRPC.workload)
    return not_yet(name, f"none in the last {_WINDOW}: {alertmanager} and {gateway} say where it is lost.")

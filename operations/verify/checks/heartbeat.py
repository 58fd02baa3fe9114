"""An alert goes all the way: it fires, it is routed, a webhook receiver stores it."""

from __future__ import annotations

from functools import partial

from alerting.routing import HEARTBEAT
from components.endpoints import GATEWAY_OTLP_GRPC
from dashboards.signals import ALERT_HISTORY, LogQuery
from operations.verify.live import Live
from operations.verify.rows import Check, Row, not_yet, passed

# The route repeats the heartbeat every minute.
_WINDOW = "5m"
# In the words of Prometheus, and of Grafana.
_FIRING = frozenset({"firing", "Alerting"})


def checks(live: Live) -> list[Check]:
    """One row for each leg of the way."""
    return [
        Check.one("heartbeat fires", partial(_fires, live)),
        Check.one("heartbeat routed", partial(_routed, live)),
        Check.one("heartbeat delivered", partial(_delivered, live)),
    ]


def _fires(live: Live, name: str) -> Row:
    states = {alert["state"] for alert in live.judge.alerts() if alert["labels"]["alertname"] == HEARTBEAT}
    judge = live.judging.workload.title()
    if states & _FIRING:
        return passed(name, f"in {judge}")
    return not_yet(name, f"{judge} does not fire it: runbooks/{HEARTBEAT}.md says what that means.")


def _routed(live: Live, name: str) -> Row:
    states, router = live.alertmanager.states(HEARTBEAT), live.routing.workload.title()
    if "active" in states:
        return passed(name, f"active in {router}")
    if states:
        return not_yet(name, f"{router} holds it as {states[0]}: remove the silence or inhibition on it.")
    return not_yet(name, f"{router} does not have it: {live.logs(live.judging.workload)} says why.")


def _delivered(live: Live, name: str) -> Row:
    store = live.stores.logs
    query = LogQuery((ALERT_HISTORY,), contains=('"status":"firing"', f'"alertname":"{HEARTBEAT}"'))
    line = live.ask(store.newest(query, _WINDOW))
    if line:
        return passed(name, f"notification {live.age(line)} at the webhook receiver, kept in {store.title}")
    router, gateway = live.logs(live.routing.workload), live.logs(GATEWAY_OTLP_GRPC.workload)
    return not_yet(name, f"none in the last {_WINDOW}: {router} and {gateway} say where it is lost.")

"""Logs of containers reach their store; those of the demo with their correlation ID and severity."""

from __future__ import annotations

from functools import partial

from components.demo import WRITES_LOGS
from components.endpoints import AGENT_METRICS, GATEWAY_OTLP_GRPC
from dashboards.signals import LogQuery
from operations.verify.live import Live
from operations.verify.rows import Check, Row, not_yet, passed

# The demo writes all the time; the stack's own programs may say nothing for two hours.
_DEMO_WINDOW = "2m"
_OWN_WINDOW = "3h"
_CORRELATION = "correlation_id"


def checks(live: Live) -> list[Check]:
    """One row for each demo service or, without the demo, one for the stack's own containers; one for all others."""
    others = Check.one("logs of other containers", partial(_others, live))
    if live.declared.settings.demo.enabled:
        return [*(Check.one(f"logs {service}", partial(_demo, live, service)) for service in WRITES_LOGS), others]
    return [Check.one("logs of the stack", partial(_own, live)), others]


def _demo(live: Live, service: str, name: str) -> Row:
    store, every = live.stores.logs, LogQuery((service,))
    line = live.ask(store.newest(LogQuery((service,), having=(_CORRELATION,)), _DEMO_WINDOW))
    severities = live.ask(store.severities(every, _DEMO_WINDOW))
    if line and severities.keys() - {"unset"}:
        counted = ", ".join(f"{count} {severity}" for severity, count in sorted(severities.items()))
        told = f"newest line {live.age(line)}, correlation ID {line.fields[_CORRELATION]}"
        return passed(name, f"{told}; {counted} in {_DEMO_WINDOW}")
    if severities:
        lacking = "a severity" if line else f"a {_CORRELATION}"
        what = f"lines arrive, but none of the last {_DEMO_WINDOW} has {lacking}"
        return not_yet(name, f"{what}: see what {live.logs(service)} shows.")
    return not_yet(name, f"no line of {service} in the last {_DEMO_WINDOW}: {_where_lost(live)}.")


def _own(live: Live, name: str) -> Row:
    services = tuple(sorted(workload.name for workload in live.declared.program.workloads))
    line = live.ask(live.stores.logs.newest(LogQuery(services), _OWN_WINDOW))
    if line:
        return passed(name, f"newest line {live.age(line)}, of {line.service}")
    return not_yet(name, f"no line of any of its containers in the last {_OWN_WINDOW}: {_where_lost(live)}.")


def _others(live: Live, name: str) -> Row:
    unread = live.health.unread_logs()
    if not unread:
        return passed(name, "the collector can read those of every container")
    return Row(name, "skipped", "; ".join(unread))


def _where_lost(live: Live) -> str:
    agent, gateway = live.logs(AGENT_METRICS.workload), live.logs(GATEWAY_OTLP_GRPC.workload)
    return f"{agent} and {gateway} say where they are lost"

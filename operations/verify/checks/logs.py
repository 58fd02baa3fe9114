"""Logs of containers reach Loki; those of the demo with their correlation ID."""

from __future__ import annotations

from functools import partial

from components.demo import WRITES_LOGS
from operations.verify.live import Live
from operations.verify.rows import Check, Row, not_yet, passed

# The demo writes all the time; the stack's own programs may say nothing for two hours.
_DEMO_WINDOW = "2m"
_OWN_WINDOW = "3h"


def checks(live: Live) -> list[Check]:
    """One row for each demo service; without the demo, one for the stack's own containers."""
    if live.declared.settings.demo.enabled:
        return [Check.one(f"logs {service}", partial(_demo, live, service)) for service in WRITES_LOGS]
    return [Check.one("logs of the stack", partial(_own, live))]


def _demo(live: Live, service: str, name: str) -> Row:
    stream = f'{{service_name="{service}"}}'
    line = live.loki.newest(f'{stream} | correlation_id != ""', _DEMO_WINDOW)
    if line:
        return passed(name, f"newest line {live.age(line)}, correlation ID {line.labels['correlation_id']}")
    if live.loki.newest(stream, _DEMO_WINDOW):
        what = f"lines arrive, but none of the last {_DEMO_WINDOW} has a correlation_id"
        return not_yet(name, f"{what}: see what {live.logs(service)} shows.")
    return not_yet(name, f"no line of {service} in the last {_DEMO_WINDOW}: {_where_lost(live)}.")


def _own(live: Live, name: str) -> Row:
    services = "|".join(sorted(workload.name for workload in live.declared.program.workloads))
    line = live.loki.newest(f'{{service_name=~"{services}"}}', _OWN_WINDOW)
    if line:
        return passed(name, f"newest line {live.age(line)}, of {line.labels['service_name']}")
    return not_yet(name, f"no line of any of its containers in the last {_OWN_WINDOW}: {_where_lost(live)}.")


def _where_lost(live: Live) -> str:
    agent, gateway = live.logs("collector-agent"), live.logs("collector-gateway")
    return f"{agent} and {gateway} say where they are lost"

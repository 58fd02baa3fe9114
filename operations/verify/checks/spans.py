"""Spans of the demo arrive: as metrics in Prometheus, as traces in their store."""

from __future__ import annotations

from functools import partial

from components.demo import API as SERVICE
from components.endpoints import GATEWAY_OTLP_GRPC
from dashboards.signals import TraceQuery
from operations.verify.live import Live
from operations.verify.rows import Check, Row, not_yet, passed, skipped
from runtimes.console import counted

_WINDOW = "5m"
_TRACE_SECONDS = 900
# The counter's name ends in _total or not, by the collector's version.
_CALLS = f'{{__name__=~"traces_span_metrics_calls(_total)?", service_name="{SERVICE}"}}'


def checks(live: Live) -> list[Check]:
    """One row for span metrics, one for traces."""
    metrics, traces = f"spans {SERVICE}", f"traces {SERVICE}"
    if not live.declared.settings.demo.enabled:
        reason = "the demo, whose spans this looks for, is not part of this stack"
        return [_left_out(metrics, reason), _left_out(traces, reason)]
    return [Check.one(metrics, partial(_metrics, live)), Check.one(traces, partial(_traces, live))]


def _left_out(name: str, reason: str) -> Check:
    return Check.one(name, lambda name: skipped(name, reason))


def _metrics(live: Live, name: str) -> Row:
    arrived = sum(value for _, value in live.prometheus.query(f"sum(increase({_CALLS}[{_WINDOW}]))"))
    if arrived > 0:
        return passed(name, f"{arrived:.0f} in the last {_WINDOW}, counted by the gateway")
    what = f"Prometheus counted none in the last {_WINDOW}"
    logs, gateway = live.logs(SERVICE), live.logs(GATEWAY_OTLP_GRPC.workload)
    return not_yet(name, f"{what}: {logs} says whether they leave, {gateway} whether they are refused.")


def _traces(live: Live, name: str) -> Row:
    now, store = live.now(), live.stores.traces
    logs = live.logs(store.exporter().endpoint.workload)
    trace_id = live.ask(store.newest(TraceQuery(SERVICE), now - _TRACE_SECONDS, now))
    if trace_id is None:
        what = f"{store.title} has none from the last {_TRACE_SECONDS // 60} minutes"
        return not_yet(name, f"{what}: {logs} says more.")
    services = live.ask(store.trace(trace_id)).services
    if SERVICE not in services:
        return not_yet(
            name, f"{store.title} found trace {trace_id}, but it has no span of {SERVICE}: {logs} says more."
        )
    spans = f"{counted(len(services), 'span')} of {counted(len(set(services)), 'service')}"
    return passed(name, f"trace {trace_id} with {spans}, kept in {store.title}")

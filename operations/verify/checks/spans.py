"""Spans of the demo arrive: as metrics in Prometheus, as traces in Tempo."""

from __future__ import annotations

from functools import partial

from components.demo import API as SERVICE
from operations.verify.live import Live
from operations.verify.rows import Check, Row, not_yet, passed, skipped

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
    checked = Check.one(metrics, partial(_metrics, live))
    if live.declared.workload("tempo"):
        return [checked, Check.one(traces, partial(_traces, live))]
    why = live.declared.program.missing.get("tempo")
    reason = "Tempo is not part of this stack" + (f": {why}" if why else "")
    return [checked, _left_out(traces, reason)]


def _left_out(name: str, reason: str) -> Check:
    return Check.one(name, lambda name: skipped(name, reason))


def _metrics(live: Live, name: str) -> Row:
    arrived = sum(value for _, value in live.prometheus.query(f"sum(increase({_CALLS}[{_WINDOW}]))"))
    if arrived > 0:
        return passed(name, f"{arrived:.0f} in the last {_WINDOW}, counted by the gateway")
    what = f"Prometheus counted none in the last {_WINDOW}"
    logs, gateway = live.logs(SERVICE), live.logs("collector-gateway")
    return not_yet(name, f"{what}: {logs} says whether they leave, {gateway} whether they are refused.")


def _traces(live: Live, name: str) -> Row:
    now = live.now()
    trace = live.tempo.newest_trace(f'{{ resource.service.name = "{SERVICE}" }}', now - _TRACE_SECONDS, now)
    if trace:
        return passed(name, f"trace {trace} found in Tempo")
    what = f"Tempo has none from the last {_TRACE_SECONDS // 60} minutes"
    return not_yet(name, f"{what}: {live.logs('tempo')} says more.")

"""Traces: which operations are slow or fail, and who calls whom. From the spans that the gateway counts."""

from __future__ import annotations

from dashboards.about_services import marks
from dashboards.panels import (
    BAD,
    GOOD,
    NEUTRAL,
    WARNING,
    Column,
    Dashboard,
    DashboardRow,
    Panel,
    PanelLink,
    bar_gauge,
    dashboard,
    heatmap,
    latency,
    query_variable,
    rate,
    ratio,
    stat,
    table,
    traces_link,
)
from dashboards.queries import metrics, metrics_heatmap, metrics_now, metrics_table
from dashboards.signals import Signals, TraceQuery, TraceSource

_CHOSEN = 'service_name=~"$service"'
_FAILED = f'{_CHOSEN}, status_code="STATUS_CODE_ERROR"'
_NONE = "No service sends spans"
_ERRORS = ((0, GOOD), (0.01, WARNING), (0.05, BAD))
_KINDS = {
    "SPAN_KIND_SERVER": "answers",
    "SPAN_KIND_CLIENT": "asks",
    "SPAN_KIND_INTERNAL": "within",
    "SPAN_KIND_PRODUCER": "sends",
    "SPAN_KIND_CONSUMER": "receives",
}


def _calls(selector: str, by: str) -> str:
    return f"sum by ({by}) (rate(traces_span_metrics_calls_total{{{selector}}}[5m]))"


def _error_share(by: str) -> str:
    return f"({_calls(_FAILED, by)} or {_calls(_CHOSEN, by)} * 0) / ({_calls(_CHOSEN, by)} > 0)"


def _p95(by: str) -> str:
    buckets = f"rate(traces_span_metrics_duration_milliseconds_bucket{{{_CHOSEN}}}[5m])"
    return f"histogram_quantile(0.95, sum by ({by}, le) ({buckets}))"


def _health(traces: TraceSource) -> tuple[Panel, ...]:
    links = (_link("__field.labels.service_name", traces),)
    return (
        stat(
            "Spans",
            "Spans per second of each service. When one falls to 0, it no longer sends them, or the gateway stands.",
            metrics_now(_calls(_CHOSEN, "service_name"), "{{service_name}}"),
            unit="cps",
            steps=((0, NEUTRAL),),
            links=links,
            empty=_NONE,
            width=8,
        ),
        stat(
            "Failed spans",
            "Share of spans that end with an error. When it is red, click it for traces and look at the failed ones.",
            metrics_now(_error_share("service_name"), "{{service_name}}"),
            unit="percentunit",
            steps=((0, GOOD), (0.01, WARNING), (0.05, BAD)),
            decimals=2,
            links=links,
            empty=_NONE,
            width=8,
        ),
        stat(
            "Spans lost",
            "Spans per second that a collector refuses or cannot deliver. When it is red, see CollectorExportFailing.",
            metrics_now(
                'sum(collector:refused:rate5m{signal="spans"}) + (sum(collector:export_failed:rate5m{signal="spans"}) '
                "or vector(0))",
                "lost",
            ),
            unit="cps",
            steps=((0, GOOD), (0.001, BAD)),
            width=8,
        ),
    )


def _operations(traces: TraceSource) -> tuple[Panel, ...]:
    by = "service_name, span_name, span_kind"
    return (
        table(
            "Operations",
            "The operations of the chosen services now. When one is slow or fails, a click on its service leads to "
            "traces.",
            {
                "calls": metrics_table(_calls(_CHOSEN, by)),
                "errors": metrics_table(_error_share(by)),
                "p95": metrics_table(_p95(by)),
            },
            columns=(
                Column("service_name", "Service", link=_link("__data.fields.Service", traces)),
                Column("span_name", "Operation"),
                Column("span_kind", "Kind", texts=_KINDS),
                Column("Value #calls", "Calls", unit="cps"),
                Column("Value #errors", "Errors", unit="percentunit", decimals=1, steps=_ERRORS),
                Column("Value #p95", "P95", unit="ms"),
            ),
            sorted_by="P95",
            empty=_NONE,
            width=24,
            height=10,
        ),
        rate(
            "Spans over time",
            "Spans per second. A service that falls to nothing no longer sends them.",
            [metrics(_calls(_CHOSEN, "service_name"), "{{service_name}}")],
            unit="cps",
            empty=_NONE,
            width=8,
        ),
        ratio(
            "Failed spans over time",
            "Share of spans that end with an error. The service whose line rose first is where to look.",
            [metrics(_error_share("service_name"), "{{service_name}}")],
            empty=_NONE,
            width=8,
        ),
        latency(
            "P95 of spans",
            "What 95 % of spans took at most. A dot is one span: click a slow one for its trace.",
            [metrics(f"{_p95('service_name')} / 1000", "{{service_name}}", exemplars=True)],
            links=(_link("__field.labels.service_name", traces),),
            empty=_NONE,
            width=8,
        ),
        heatmap(
            "Span durations",
            "How many spans per second took how long: the darker, the more. Two bands are two kinds of work.",
            metrics_heatmap(f"sum by (le) (rate(traces_span_metrics_duration_milliseconds_bucket{{{_CHOSEN}}}[5m]))"),
            unit="ms",
            empty=_NONE,
            width=24,
        ),
    )


def _graph() -> tuple[Panel, ...]:
    chosen = '{client=~"$service"}'
    return (
        bar_gauge(
            "Who calls whom",
            "Calls per second from service to service. An edge that is missing is a call that no longer happens.",
            metrics_now(
                f"topk(20, sum by (client, server) (rate(traces_service_graph_request_total{chosen}[5m])))",
                "{{client}} to {{server}}",
            ),
            unit="reqps",
            steps=((0, NEUTRAL),),
            empty=_NONE,
        ),
        bar_gauge(
            "Failed calls",
            "Share of calls from service to service that failed. When one is red, look at the service that is called.",
            metrics_now(
                f"topk(20, sum by (client, server) (rate(traces_service_graph_request_failed_total{chosen}[5m])) "
                f"/ (sum by (client, server) (rate(traces_service_graph_request_total{chosen}[5m])) > 0))",
                "{{client}} to {{server}}",
            ),
            unit="percentunit",
            steps=_ERRORS,
            empty="No call failed",
        ),
    )


def _link(label: str, traces: TraceSource) -> PanelLink:
    return traces_link(f"Traces of ${{{label}}}", traces, TraceQuery(f"${{{label}}}"))


def _traces(signals: Signals) -> Dashboard:
    return dashboard(
        "traces",
        "Traces and service graph",
        "What services do, span by span: how often, how slow, how many fail, and who calls whom.",
        variables=(
            query_variable("service", "Service", "label_values(traces_span_metrics_calls_total, service_name)"),
        ),
        annotations=marks(),
        rows=(
            DashboardRow("Health", _health(signals.traces)),
            DashboardRow("Operations", _operations(signals.traces)),
            DashboardRow("Service graph", _graph() if signals.traces.tells_calls else ()),
        ),
    )


DASHBOARD = _traces

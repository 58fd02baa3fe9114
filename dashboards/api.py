"""API performance: which endpoints are slow or fail, how satisfied callers can be, and how that changes."""

from __future__ import annotations

from catalog.http import APDEX_SATISFIED
from dashboards.about_services import CHOSEN, leading, marks, of_service, service_variable, threshold
from dashboards.applies import has_apdex, has_buckets
from dashboards.http import exemplars, latency_heatmap, p95_by_endpoint, requests_by_status
from dashboards.panels import (
    BAD,
    GOOD,
    HIGH,
    NEUTRAL,
    WARNING,
    Dashboard,
    DashboardRow,
    Panel,
    bar_gauge,
    dashboard,
    latency,
    only_where,
    rate,
    ratio,
    stat,
    time_series,
    traces_link,
)
from dashboards.queries import metrics, metrics_now
from dashboards.rows import health_row, logs_row
from dashboards.signals import Signals, TraceQuery, TraceSource

_BY_ENDPOINT = "sum by (service, endpoint)"
_ALL = f"{_BY_ENDPOINT} (service:http_endpoint_requests:rate5m{{{CHOSEN}}})"
_FAILED = f'{_BY_ENDPOINT} (service:http_endpoint_requests:rate5m{{{CHOSEN}, failed="yes"}})'
_LEGEND = "{{service}} {{endpoint}}"


def _apdex_now() -> Panel:
    return stat(
        "Apdex",
        f"How satisfied callers can be, 0 to 1: answers within {APDEX_SATISFIED} s count fully, within "
        f"{4 * APDEX_SATISFIED:g} s by half, whatever they say. When it is red, look at the slowest endpoints.",
        metrics_now(f"service:http_apdex:ratio_rate5m{{{CHOSEN}}}", "{{service}}"),
        unit="none",
        steps=((0, BAD), (0.7, HIGH), (0.85, WARNING), (0.94, GOOD)),
        decimals=2,
        links=(of_service(),),
        width=24,
    )


def _endpoints() -> tuple[Panel, ...]:
    return (
        bar_gauge(
            "Slowest endpoints",
            "P95 of the ten slowest endpoints now. When one is red, click it in the panel of traces below.",
            metrics_now(f"topk(10, service:http_endpoint_latency:p95_5m{{{CHOSEN}}})", _LEGEND),
            unit="s",
            steps=((0, GOOD), (0.25, WARNING), (1, BAD)),
            width=8,
        ),
        bar_gauge(
            "Failing endpoints",
            "Share of failures of the ten endpoints that fail most, over five minutes. When one is red, read its "
            "errors in the logs.",
            metrics_now(f"topk(10, ({_FAILED} or {_ALL} * 0) / ({_ALL} > 0))", _LEGEND),
            unit="percentunit",
            steps=((0, GOOD), (0.01, WARNING), (0.05, BAD)),
            decimals=1,
            width=8,
        ),
        bar_gauge(
            "Busiest endpoints",
            "Requests per second of the ten endpoints that are asked most: where an improvement is felt most.",
            metrics_now(f"topk(10, {_ALL})", _LEGEND),
            unit="reqps",
            steps=((0, NEUTRAL),),
            width=8,
        ),
    )


def _over_time(store: TraceSource) -> tuple[Panel, ...]:
    traces = traces_link("Traces of ${__field.labels.service}", store, TraceQuery("${__field.labels.service}"))
    return (
        latency(
            "Percentiles",
            "What half, 90 %, 95 % and 99 % of requests took at most. Dashed: the threshold of HighLatency. When only "
            "P99 rises, few requests are slow: look for their traces.",
            [
                metrics(f"service:http_latency:p{quantile}_5m{{{CHOSEN}}}", f"{{{{service}}}} P{quantile}")
                for quantile in (50, 90, 95, 99)
            ],
            threshold=threshold("HighLatency"),
            links=(traces,),
        ),
        *only_where(has_buckets, exemplars(links=(traces,)), latency_heatmap()),
    )


def _requests() -> tuple[Panel, ...]:
    return (
        rate(
            "Requests",
            "Requests per second. A sudden fall is as telling as a sudden rise.",
            [metrics(leading(f"service:http_requests:rate5m{{{CHOSEN}}}"), "{{service}}")],
            links=(of_service(),),
        ),
        ratio(
            "Errors",
            "Share of requests answered 5xx over five minutes. Dashed: the threshold of HighErrorRate.",
            [metrics(leading(f"service:http_errors:ratio_rate5m{{{CHOSEN}}}"), "{{service}}")],
            threshold=threshold("HighErrorRate"),
            links=(of_service(),),
        ),
        requests_by_status(),
        p95_by_endpoint(),
        *only_where(has_apdex, _apdex_over_time()),
    )


def _apdex_over_time() -> Panel:
    return time_series(
        "Apdex over time",
        "How satisfied callers could be. When it falls, look which endpoint became slow at that time.",
        [metrics(leading(f"service:http_apdex:ratio_rate5m{{{CHOSEN}}}"), "{{service}}")],
        unit="none",
        maximum=1,
        links=(of_service(),),
        width=24,
    )


def _api(signals: Signals) -> Dashboard:
    return dashboard(
        "api",
        "API performance",
        "Services that answer HTTP: apdex, slowest and failing endpoints, percentiles, and how durations are spread.",
        variables=(service_variable(carried_by="service:http_declared:info"),),
        annotations=marks(),
        rows=(
            health_row(*only_where(has_apdex, _apdex_now())),
            DashboardRow("Endpoints now", _endpoints()),
            DashboardRow("Latency", _over_time(signals.traces)),
            DashboardRow("Requests", _requests()),
            logs_row(signals),
        ),
    )


DASHBOARD = _api

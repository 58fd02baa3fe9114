"""What dashboards show of services that answer HTTP, whatever their own metrics are called."""

from __future__ import annotations

from collections.abc import Sequence

from catalog.http import HttpMetrics
from catalog.otel import OtelMetrics
from dashboards.about_services import CHOSEN, leading
from dashboards.panels import Panel, PanelLink, heatmap, latency, rate
from dashboards.queries import metrics, metrics_heatmap

# Only raw buckets have exemplars. `rate` refuses several names at once, whose series may have the same labels.
_DEFAULT_NAMES = dict.fromkeys(names.model_fields["duration_seconds"].default for names in (HttpMetrics, OtelMetrics))
_RAW_RATE = " or ".join(f"rate({name}_bucket{{{CHOSEN}}}[5m])" for name in _DEFAULT_NAMES)


def requests_by_status() -> Panel:
    """How requests are answered."""
    return rate(
        "Requests by status",
        "Requests per second by their answer. 5xx are the service's errors; many 4xx are its callers', or a deployment "
        "that changed a path.",
        [metrics(f"sum by (status) (service:http_endpoint_requests:rate5m{{{CHOSEN}}})", "{{status}}")],
        stacked=True,
    )


def p95_by_endpoint(*, width: int = 12) -> Panel:
    """Which endpoints are slow."""
    slowest = f"service:http_endpoint_latency:p95_5m{{{CHOSEN}}}"
    return latency(
        "P95, the slowest endpoints",
        "What 95 % of requests took at most, of the ten slowest endpoints. When one is slow, look at its own code and "
        "queries; when all are, at what they share.",
        [metrics(leading(slowest), "{{service}} {{endpoint}}")],
        width=width,
    )


def exemplars(*, links: Sequence[PanelLink]) -> Panel:
    """P95 with example traces."""
    return latency(
        "P95 with example traces",
        "P95 from the services' own histograms. A dot is one request: click a slow one for its trace. Services that "
        "expose no exemplars have no dots.",
        [metrics(f"histogram_quantile(0.95, sum by (service, le) ({_RAW_RATE}))", "{{service}} P95", exemplars=True)],
        links=links,
        empty="Histograms here have other names than the usual ones",
    )


def latency_heatmap(*, width: int = 24) -> Panel:
    """How request durations are spread."""
    return heatmap(
        "Request durations",
        "How many requests per second took how long: the darker, the more. Two bands are two kinds of requests, or a "
        "cache that misses.",
        metrics_heatmap(f"sum by (le) (service:http_latency:bucket_rate5m{{{CHOSEN}}})"),
        unit="s",
        width=width,
    )

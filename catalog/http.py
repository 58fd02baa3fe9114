"""HTTP services: request, error and latency series of any name, recorded onto one normalised family."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from catalog.kind import Kind, service_labels
from catalog.plan import Contribution, RecordingRule, ScrapeJob
from settings.service import Section, Service
from settings.types import Identifier, Share, UrlPath

_QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


class HttpMetrics(Section):
    """Names the service gives its metrics, where they differ from the defaults."""

    requests_total: Identifier = Field(default="http_requests_total", description="Counter of requests.")
    status_label: Identifier = Field(default="status", description="Its label with the HTTP status code.")
    duration_seconds: Identifier = Field(
        default="http_request_duration_seconds",
        description="Classic histogram of request durations, in seconds.",
    )


class HttpThresholds(Section):
    """Thresholds of the alerts on the service."""

    error_ratio: Share = Field(default=0.05, description="HighErrorRate: share of requests answered 5xx.")
    latency_p95_seconds: float = Field(default=2.0, gt=0, description="HighLatency: P95 in seconds.")


class HttpService(Service):
    """A service that answers HTTP and exposes its own Prometheus metrics."""

    kind: Literal["http"]
    path: UrlPath = Field(default="/metrics", description="Path of its metrics.")
    metrics: HttpMetrics = HttpMetrics()
    thresholds: HttpThresholds = HttpThresholds()


def http_contribution(service: HttpService) -> Contribution:
    """Scrape the service and record its requests, errors and latency under the normalised names."""
    names, labels = service.metrics, service_labels(service)
    selector = f'{{service="{service.name}"}}'
    requests = f"sum by (service) (rate({names.requests_total}{selector}[5m]))"
    failed = f'{names.requests_total}{{service="{service.name}", {names.status_label}=~"5.."}}'
    buckets = f"sum by (service, le) (rate({names.duration_seconds}_bucket{selector}[5m]))"
    thresholds = {
        "service:http_errors_threshold:ratio": service.thresholds.error_ratio,
        "service:http_latency_threshold:seconds": service.thresholds.latency_p95_seconds,
    }
    return Contribution(
        scrape_jobs=(
            ScrapeJob(
                service.name,
                (service.target,),
                labels,
                metrics_path=service.path,
                interval=service.scrape_interval,
            ),
        ),
        recording_rules=(
            RecordingRule("service:http_requests:rate5m", requests, labels),
            RecordingRule(
                "service:http_errors:ratio_rate5m",
                # A service without a single 5xx has no such series: its ratio is 0, not absent.
                f"(sum by (service) (rate({failed}[5m])) or {requests} * 0) / {requests}",
                labels,
            ),
            *(
                RecordingRule(f"service:http_latency:{name}_5m", f"histogram_quantile({quantile}, {buckets})", labels)
                for name, quantile in _QUANTILES.items()
            ),
            *(RecordingRule(name, f"vector({value})", labels) for name, value in thresholds.items()),
        ),
    )


KIND = Kind("http", HttpService, http_contribution)

"""HTTP services: request, error and latency series of any name, recorded onto one normalised family."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from pydantic import Field, field_validator

from catalog.counter import Counter
from catalog.histogram import Durations, Histogram, forms_read
from catalog.kind import Kind, scrape_jobs, service_labels
from catalog.plan import Contribution, RecordingRule
from catalog.promql import any_of, by_labels, label, quoted, series
from catalog.slo import Objectives, ServiceWithObjectives, objective_rules
from settings.errors import shown
from settings.section import mistake
from settings.service import Service
from settings.syntax import LabelName, MetricName
from settings.types import UrlPath

HTTP_RULES = ("http", "slo")
HTTP_DASHBOARDS = ("api",)

_EXPRESSION = re.compile(r"^[1-5]\.\.$|\.[*+]|[|\[\]^$]|\\d")

APDEX_SATISFIED = 0.25
"""Seconds within which an answer satisfies; up to a second it is tolerated. Buckets end at both by default, in
prometheus_client as in OpenTelemetry's semantic conventions."""


class HttpMetrics(Durations):
    """Names the service gives its metrics, where they differ from the defaults."""

    requests_total: MetricName | None = Field(
        default="http_requests_total", description="Counter of requests; null: the count of duration_seconds."
    )
    status_label: LabelName = Field(
        default="status", description="Its label with the status: a code such as 503, its class 5xx, or a word."
    )
    failed_statuses: tuple[str, ...] = Field(
        default=(),
        min_length=1,
        description="Values of status_label that are failures, where they are words such as error; default: 500 to "
        "599, and 5xx.",
    )
    route_label: LabelName = Field(
        default="route", description="Label of both with the route that was asked for, not the path: it has few values."
    )
    duration_seconds: MetricName = Field(
        default="http_request_duration_seconds", description="Histogram of request durations."
    )
    dependency_degraded: MetricName = Field(
        default="dependency_degraded",
        description="Gauge by dependency, 1 while the service reports it degraded, where there is one.",
    )

    @field_validator("failed_statuses")
    @classmethod
    def _values_of_a_label(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        for value in values:
            if not value.strip():
                raise mistake(shown(value), "values that the label has")
            if _EXPRESSION.search(value):
                action = "It is no expression: list each value, or a class such as 5xx."
                raise mistake(shown(value), "a value that the label has", action)
        return values

    @property
    def failed(self) -> str:
        """The regular expression, in quotes, of the statuses that are failures."""
        return any_of(self.failed_statuses) if self.failed_statuses else quoted("5..")


class HttpService(ServiceWithObjectives):
    """A service that answers HTTP and exposes its own Prometheus metrics."""

    kind: Literal["http"]
    path: UrlPath = Field(default="/metrics", description="Path of its metrics.")
    metrics: HttpMetrics = HttpMetrics()


def http_contribution(service: HttpService) -> Contribution:
    """Scrape the service and record its requests, errors and latency under the normalised names."""
    return Contribution(
        scrape_jobs=scrape_jobs(service, metrics_path=service.path),
        recording_rules=http_recordings(service, service.metrics, f'service="{service.name}"', service.slo),
        histograms=forms_read(service.metrics.requests_total, form=service.metrics.histogram),
    )


def http_recordings(
    service: Service, names: HttpMetrics, matchers: str, slo: Objectives | None
) -> tuple[RecordingRule, ...]:
    """The normalised family of one service.

    Args:
        matchers: what its series have in common, for example `service="api"`.
    """
    labels = service_labels(service)
    durations = names.durations(names.duration_seconds, matchers)
    failed_only = f"{label(names.status_label)}=~{names.failed}"
    counter = names.requests_total or durations.counter
    counted_apart = bool(names.requests_total) or names.histogram != "native"
    if counted_apart:
        requests, failed = Counter(counter, matchers).rate(), Counter(counter, matchers, failed_only).rate()
    else:
        requests = durations.rate()
        failed = names.durations(names.duration_seconds, f"{matchers}, {failed_only}").rate()
    own = f'{{service="{service.name}"}}'
    apdex = durations.apdex(APDEX_SATISFIED)
    all_requests, failures = f"service:http_requests:rate5m{own}", f"service:http_failures:rate5m{own}"
    return (
        RecordingRule("service:http_declared:info", "vector(1)", labels),
        RecordingRule("service:http_requests:rate5m", requests, labels),
        # A service without a single 5xx has no such series: it fails 0 requests, not an unknown number.
        RecordingRule("service:http_failures:rate5m", f"{failed} or sum({all_requests}) * 0", labels),
        RecordingRule("service:http_errors:ratio_rate5m", f"{failures} / {all_requests}", labels),
        _unread(names, counter if counted_apart else names.duration_seconds, matchers, labels),
        *durations.quantile_rules("service:http_latency", labels),
        *([RecordingRule("service:http_apdex:ratio_rate5m", apdex, labels)] if apdex else []),
        *_by_endpoint(names, matchers, durations, labels),
        _last_seen(service, "requests", counter, matchers),
        _last_seen(service, "latency", *durations.judged),
        RecordingRule(
            "service:dependency_degraded:max",
            f"max by (dependency) ({series(names.dependency_degraded, matchers)})",
            labels,
        ),
        *objective_rules(slo, requests=all_requests, failed=failures, durations=durations, labels=labels),
    )


def _by_endpoint(
    names: HttpMetrics, matchers: str, durations: Histogram, labels: Mapping[str, str]
) -> tuple[RecordingRule, ...]:
    """Where requests go, how they are answered, and which are slow; requests without a route have no `endpoint`.

    Requests that fail have `failed="yes"`.
    """
    kept = f"{label(names.route_label)}, {label(names.status_label)}"
    counted = not names.requests_total and names.histogram == "native"
    requests = (
        f"histogram_count(sum by ({kept}) (rate({series(durations.name, matchers)}[5m])))"
        if counted
        else Counter(names.requests_total or durations.counter, matchers).rate(by=kept)
    )
    slowest = durations.quantile(0.95, by=names.route_label)
    renamed = {"endpoint": names.route_label, "status": names.status_label}
    by_status = f'label_replace({by_labels("sum", requests, renamed)}, "failed", "yes", "status", {names.failed})'
    return (
        RecordingRule("service:http_endpoint_requests:rate5m", by_status, labels),
        RecordingRule(
            "service:http_endpoint_latency:p95_5m", by_labels("max", slowest, {"endpoint": names.route_label}), labels
        ),
    )


def _unread(names: HttpMetrics, metric: str, matchers: str, labels: Mapping[str, str]) -> RecordingRule:
    """1 while requests are counted and no status says how any of them was answered: none would ever have failed."""
    statuses = '!=""' if names.failed_statuses else f"=~{quoted('[1-5]..')}"
    read = series(metric, matchers, f"{label(names.status_label)}{statuses}")
    return RecordingRule(
        "service:http_status_unread:info", f"group({series(metric, matchers)}) unless group({read})", labels
    )


def _last_seen(service: Service, signal: str, metric: str, matchers: str) -> RecordingRule:
    """When a metric was last there, in seconds since 1970, kept while it is away.

    The label `metric` has its name, so that what an earlier name brought says nothing about a new one.
    """
    record = f"service:http_{signal}_seen:timestamp"
    before = f'{record}{{service="{service.name}", metric={quoted(metric)}}}'
    return RecordingRule(
        record,
        f"max(timestamp({series(metric, matchers)})) or max(last_over_time({before}[1h]))",
        {**service_labels(service), "metric": metric},
    )


KIND = Kind("http", HttpService, http_contribution, HTTP_RULES, HTTP_DASHBOARDS)

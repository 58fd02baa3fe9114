"""Services instrumented with OpenTelemetry: metrics by OTLP through the gateway, or from an endpoint of their own."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from catalog.histogram import forms_read
from catalog.http import HTTP_DASHBOARDS, HTTP_RULES, HttpMetrics, http_recordings
from catalog.kind import Kind, scrape_jobs, service_labels
from catalog.plan import Contribution, RecordingRule
from catalog.promql import quoted
from catalog.slo import ServiceWithObjectives
from settings.errors import shown
from settings.section import Section, mistake
from settings.service import SCRAPE_FIELDS, none_of
from settings.syntax import LabelName, MetricName
from settings.types import UrlPath

_NAMES = frozenset({"requests_total", "status_label", "route_label", "duration_seconds", "dependency_degraded"})


class OtelIdentity(Section):
    """The resource attributes under which the service reports. Prometheus makes the job label of them."""

    service_name: str | None = Field(default=None, min_length=1, description="service.name; default: the entry's name.")
    service_namespace: str | None = Field(default=None, min_length=1, description="service.namespace, where it is set.")

    def job(self, name: str) -> str:
        """The `job` label of series that came by OTLP."""
        own = self.service_name or name
        return f"{self.service_namespace}/{own}" if self.service_namespace else own


class OtelMetrics(HttpMetrics):
    """Names of OpenTelemetry's semantic conventions for HTTP servers, as Prometheus writes them."""

    requests_total: MetricName | None = Field(
        default=None, description="Counter of requests; default: the count of duration_seconds."
    )
    status_label: LabelName = Field(
        default="http_response_status_code",
        description="Its label with the status: a code such as 503, its class 5xx, or a word.",
    )
    route_label: LabelName = Field(default="http_route", description="Its label with the route that was asked for.")
    duration_seconds: MetricName = Field(
        default="http_server_request_duration_seconds", description="Histogram of request durations."
    )


class OtelService(ServiceWithObjectives):
    """A service instrumented with OpenTelemetry. Without target it sends OTLP to the stack's gateway."""

    kind: Literal["otel"]
    path: UrlPath = Field(default="/metrics", description="Path of its metrics, when it is scraped.")
    otlp: OtelIdentity | None = Field(
        default=None, description="Instead of target: it sends OTLP to the gateway (`otlp: {}` is enough)."
    )
    metrics: OtelMetrics = OtelMetrics()

    sources: ClassVar[tuple[str, ...]] = ("target", "discover", "otlp")

    @model_validator(mode="after")
    def _nothing_about_a_scrape(self) -> OtelService:
        if self.otlp:
            action = "Remove it: nothing is scraped of a service that sends."
            none_of(self, SCRAPE_FIELDS, "it beside otlp", "it beside target or discover", action)
        return self

    @model_validator(mode="after")
    def _names_as_they_are_stored(self) -> OtelService:
        for field in sorted(self.metrics.model_fields_set) if self.otlp else ():
            name = getattr(self.metrics, field)
            if field in _NAMES and name and "." in name:
                action = "What is sent by OTLP is stored with underscores, its unit and _total behind it."
                raise mistake(f"metrics.{field}: {shown(name)}", name.replace(".", "_"), action, field="metrics")
        return self


def _contribute(service: OtelService) -> Contribution:
    if service.otlp is None:
        return Contribution(
            scrape_jobs=scrape_jobs(service, metrics_path=service.path),
            recording_rules=http_recordings(service, service.metrics, f'service="{service.name}"', service.slo),
            histograms=forms_read(service.metrics.requests_total, form=service.metrics.histogram),
        )
    matchers = f"job={quoted(service.otlp.job(service.name))}"
    labels = service_labels(service)
    pushed = (
        # Every OTLP source has target_info while it sends; nobody scrapes it, so there is no `up`.
        RecordingRule("service:otlp_sources:count", f"count(target_info{{{matchers}}}) or vector(0)", labels),
        RecordingRule("service:series:count", f"count({{{matchers}}})", labels),
        RecordingRule("service:series_budget:count", f"vector({service.limits.series})", labels),
    )
    return Contribution(
        recording_rules=(*pushed, *http_recordings(service, service.metrics, matchers, service.slo)),
        up=f'service:otlp_sources:count{{service="{service.name}"}} > bool 0',
    )


KIND = Kind("otel", OtelService, _contribute, (*HTTP_RULES, "otel"), HTTP_DASHBOARDS)

"""Vector searches, judged by how long they take."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from catalog.histogram import Durations, forms_read
from catalog.kind import Kind, scrape_jobs, series_of, service_labels
from catalog.plan import Contribution, RecordingRule
from settings.service import MeteredService
from settings.syntax import MetricName
from settings.types import UrlPath


class VectorSearchMetrics(Durations):
    """Names the program gives its metrics, where they differ from the defaults."""

    duration_seconds: MetricName = Field(
        default="vector_search_duration_seconds", description="Histogram of search durations."
    )


class VectorSearchService(MeteredService):
    """A vector index, by the durations that the program that searches it measures."""

    kind: Literal["vector-search"]
    path: UrlPath = Field(default="/metrics", description="Path of its metrics.")
    metrics: VectorSearchMetrics = VectorSearchMetrics()


def _contribute(service: VectorSearchService) -> Contribution:
    names, labels = service.metrics, service_labels(service)
    durations = names.durations(names.duration_seconds, f'service="{series_of(service)}"')
    return Contribution(
        scrape_jobs=scrape_jobs(service, metrics_path=service.path),
        recording_rules=(
            RecordingRule("service:vector_search_requests:rate5m", durations.rate(), labels),
            *durations.quantile_rules("service:vector_search_latency", labels),
        ),
        histograms=forms_read(form=names.histogram),
    )


KIND = Kind("vector-search", VectorSearchService, _contribute, ("vector",), dashboards=("business",))

"""Business metrics, compared with the hours around this time in earlier weeks."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from catalog.counter import Counter
from catalog.histogram import forms_read
from catalog.kind import Kind, scrape_jobs, series_of, service_labels
from catalog.plan import Contribution, RecordingRule
from catalog.promql import series
from settings.service import MeteredService
from settings.syntax import MetricName
from settings.types import UrlPath, figure

# Below these a deviation of half is chance. A gauge's scale is unknown, so any usual value but 0 counts.
_FLOORS = {"counter": 30.0, "gauge": 0.0}


class BusinessService(MeteredService):
    """One metric that the business is judged by. Several metrics of one program are several entries.

    It is compared with the same hour of the three weeks before, two of which must be there, so Prometheus keeps its
    blocks that long.
    """

    kind: Literal["business"]
    path: UrlPath = Field(default="/metrics", description="Path of its metrics.")
    metric: MetricName = Field(description="Name of the metric; its series are summed.")
    type: Literal["counter", "gauge"] = Field(
        default="counter", description="counter: what it grows by in an hour is compared; gauge: its value."
    )
    floor: float | None = Field(
        default=None,
        ge=0,
        description="Usual value below which nothing is judged; default: 30 an hour for a counter, 0 for a gauge.",
    )

    reads_exporters: ClassVar[bool] = True


def _contribute(service: BusinessService) -> Contribution:
    matchers, labels = f'service="{series_of(service)}"', service_labels(service)
    value = f"sum({series(service.metric, matchers)})"
    if service.type == "counter":
        # A counter with labels is absent until the first event: a program that answers without it has counted none.
        value = f"{Counter(service.metric, matchers).rate()} * 3600 or group(up{{{matchers}}} == 1) * 0"
    floor = _FLOORS[service.type] if service.floor is None else service.floor
    return Contribution(
        scrape_jobs=scrape_jobs(service, metrics_path=service.path),
        recording_rules=(
            RecordingRule("service:business_metric:value", value, labels),
            RecordingRule("service:business_metric:floor", f"vector({figure(floor)})", labels),
        ),
        histograms=forms_read(service.metric),
    )


KIND = Kind("business", BusinessService, _contribute, ("business",), dashboards=("business",))

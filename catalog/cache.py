"""Caches inside programs, judged by the share of look-ups that they answer."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from catalog.kind import Kind, scrape_jobs, series_of, service_labels
from catalog.plan import Contribution, RecordingRule
from catalog.promql import any_of, label, quoted, series
from settings.section import Section, mistake
from settings.service import MeteredService
from settings.syntax import LabelName, MetricName
from settings.types import UrlPath


class CacheMetrics(Section):
    """Names of the cache's counters: one with a label for the result, or one of hits and one of misses."""

    requests_total: MetricName = Field(default="cache_requests_total", description="Counter of look-ups.")
    result_label: LabelName = Field(default="result", description="Its label with the result.")
    hit: str = Field(default="hit", min_length=1, description="The label's value for a hit.")
    miss: str = Field(
        default="miss", min_length=1, description="Its value for a miss. Other values, such as error, count as neither."
    )
    hits_total: MetricName | None = Field(default=None, description="Counter of hits, instead of requests_total.")
    misses_total: MetricName | None = Field(default=None, description="Counter of misses, beside hits_total.")

    @model_validator(mode="after")
    def _one_form(self) -> CacheMetrics:
        pair = {"hits_total", "misses_total"}
        used = pair & self.model_fields_set
        single = self.model_fields_set - pair
        if (used and used != pair) or (used and single):
            raise mistake(
                " and ".join(sorted(self.model_fields_set)),
                "hits_total and misses_total, or requests_total and its label",
            )
        return self


class CacheService(MeteredService):
    """A cache that its program counts the hits and misses of."""

    kind: Literal["cache"]
    path: UrlPath = Field(default="/metrics", description="Path of its metrics.")
    metrics: CacheMetrics = CacheMetrics()


def _contribute(service: CacheService) -> Contribution:
    names, labels = service.metrics, service_labels(service)
    source = f'service="{series_of(service)}"'
    if names.hits_total and names.misses_total:
        hits, misses = _rate(names.hits_total, source), _rate(names.misses_total, source)
        # A program may show the one counter only after the first of its kind.
        answered = f"({hits} or {misses} * 0) + ({misses} or {hits} * 0)"
    else:
        hits = _rate(names.requests_total, f"{source}, {label(names.result_label)}={quoted(names.hit)}")
        either = any_of((names.hit, names.miss))
        answered = _rate(names.requests_total, f"{source}, {label(names.result_label)}=~{either}")
    requests = f'service:cache_requests:rate30m{{service="{service.name}"}}'
    return Contribution(
        scrape_jobs=scrape_jobs(service, metrics_path=service.path),
        recording_rules=(
            RecordingRule("service:cache_requests:rate30m", answered, labels),
            RecordingRule(
                "service:cache_hits:ratio_rate30m", f"sum({hits} or {requests} * 0) / sum({requests})", labels
            ),
        ),
    )


def _rate(name: str, matchers: str) -> str:
    return f"sum(rate({series(name, matchers)}[30m]))"


KIND = Kind("cache", CacheService, _contribute, ("cache",), dashboards=("cache_and_queries",))

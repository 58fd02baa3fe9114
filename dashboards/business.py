"""What the business is judged by, against earlier weeks; and vector searches, which applications live by."""

from __future__ import annotations

from dashboards.about_services import marks, service_variable, threshold
from dashboards.applies import of_kinds
from dashboards.panels import (
    NEUTRAL,
    Dashboard,
    DashboardRow,
    Panel,
    dashboard,
    latency,
    only_where,
    rate,
    stat,
    time_series,
)
from dashboards.queries import metrics, metrics_now
from dashboards.rows import health_row, share_of_threshold
from dashboards.series import of
from dashboards.signals import Signals

_BUSINESS, _VECTOR = of_kinds("business"), of_kinds("vector-search")
_YOUNG = "Two earlier weeks are needed"


def _near_limits() -> tuple[Panel, ...]:
    return (
        *only_where(
            _BUSINESS,
            stat(
                "Now",
                "The value of each metric now: of a counter what an hour brings at the pace of the last five minutes, "
                "of a gauge what it shows.",
                metrics_now(of("service:business_metric:value"), "{{service}}"),
                unit="short",
                steps=((0, NEUTRAL),),
                width=12,
            ),
        ),
        *only_where(
            _VECTOR,
            share_of_threshold(
                "P95 of searches, of its threshold",
                "P95 of vector searches, relative to the threshold of VectorSearchSlow. When red: see the index, and "
                "how much is searched at once.",
                "service:vector_search_latency:p95_5m",
                "VectorSearchSlow",
                width=12,
            ),
        ),
    )


def _business() -> tuple[Panel, ...]:
    up = of("service:alert:threshold", 'alert="BusinessMetricAnomaly"', 'direction=""')
    return (
        time_series(
            "Against earlier weeks",
            "The mean of the last hour, between the lowest and the highest that the same hours of earlier weeks had. "
            "Outside of it: ask what was deployed, announced or broken.",
            [
                metrics(of("service:business_metric:mean1h"), "{{service}}"),
                metrics(of("service:business_metric:usual1h"), "{{service}} {{bound}} of earlier weeks"),
            ],
            unit="short",
            empty="Not counted for an hour yet",
        ),
        time_series(
            "Deviation",
            "How far the last hour is outside of what is usual, as a share: 0 inside, -1 nothing at all. Dashed: the "
            "threshold of BusinessMetricAnomaly upwards; downwards it has its own.",
            [metrics(of("service:business_metric:deviation1h"), "{{service}}")],
            unit="percentunit",
            threshold=metrics(
                f"{up} and on (service) {of('service:business_metric:deviation1h')}", "{{service}} threshold"
            ),
            empty=_YOUNG,
        ),
        time_series(
            "Value",
            "Each metric over time: operations, users, orders, as its service is named. A step without a reason: see "
            "what was deployed.",
            [metrics(of("service:business_metric:value"), "{{service}}")],
            unit="short",
            width=24,
        ),
    )


def _searches() -> tuple[Panel, ...]:
    return (
        latency(
            "Search latency",
            "How long half, 95 % and 99 % of vector searches took at most. Dashed: the threshold of VectorSearchSlow, "
            "which watches P95. Above it: the index has outgrown memory, or searches ask for too much.",
            [
                metrics(of(f"service:vector_search_latency:p{quantile}_5m"), f"{{{{service}}}} P{quantile}")
                for quantile in (50, 95, 99)
            ],
            threshold=threshold("VectorSearchSlow"),
            empty="No search",
        ),
        rate(
            "Searches",
            "Vector searches per second. A sudden fall is as telling as a rise: callers may fail before they search.",
            [metrics(of("service:vector_search_requests:rate5m"), "{{service}}")],
        ),
    )


def _application(_signals: Signals) -> Dashboard:
    return dashboard(
        "business",
        "Application and business",
        "Metrics that the business is judged by, against earlier weeks, and vector searches.",
        variables=(service_variable("business", "vector-search"),),
        annotations=marks(),
        rows=(
            health_row(*_near_limits()),
            DashboardRow("Business", only_where(_BUSINESS, *_business())),
            DashboardRow("Vector search", only_where(_VECTOR, *_searches())),
        ),
    )


DASHBOARD = _application

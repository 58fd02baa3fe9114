"""Services that answer HTTP: whatever their metrics are called, they are recorded under one family of names."""

from __future__ import annotations

import pytest

from catalog.counter import Counter
from catalog.histogram import Histogram
from catalog.plan import ScrapeJob
from tests.plans import mistakes_in, plan_of
from tests.unit.catalog.planned import labels, recorded

RATIO = 'service:http_failures:rate5m{service="api"} / service:http_requests:rate5m{service="api"}'


@pytest.mark.parametrize(("kind", "status_label"), [("fastapi", "status"), ("http", "status"), ("node", "status_code")])
def test_an_http_service_is_scraped_and_recorded_under_the_normalised_names(kind: str, status_label: str) -> None:
    plan = plan_of({"name": "api", "kind": kind, "target": "api:8000", "owner": "shop"})
    assert plan.scrape_jobs == (ScrapeJob("api", ("api:8000",), labels("api", kind, "shop")),)
    assert plan.exporters == ()
    failed = Counter("http_requests_total", 'service="api"', f'{status_label}=~"5.."').rate()
    durations = Histogram("http_request_duration_seconds", 'service="api"')
    found = recorded(plan, "api")
    by_endpoint = {name: expression for name, expression in found.items() if "endpoint" in name}
    assert by_endpoint.keys() == {"service:http_endpoint_requests:rate5m", "service:http_endpoint_latency:p95_5m"}
    assert {name: expression for name, expression in found.items() if name not in by_endpoint} == {
        "service:http_apdex:ratio_rate5m": durations.apdex(0.25),
        "service:declared:info": "vector(1)",
        "service:http_declared:info": "vector(1)",
        "service:dependency_degraded:max": 'max by (dependency) (dependency_degraded{service="api"})',
        "service:http_requests:rate5m": Counter("http_requests_total", 'service="api"').rate(),
        "service:http_failures:rate5m": f'{failed} or sum(service:http_requests:rate5m{{service="api"}}) * 0',
        "service:http_errors:ratio_rate5m": RATIO,
        "service:http_status_unread:info": (
            f'group(http_requests_total{{service="api"}}) unless '
            f'group(http_requests_total{{service="api", {status_label}=~"[1-5].."}})'
        ),
        **{rule.record: rule.expr for rule in durations.quantile_rules("service:http_latency", {})},
        "service:http_requests_seen:timestamp": (
            'max(timestamp(http_requests_total{service="api"})) or max(last_over_time('
            'service:http_requests_seen:timestamp{service="api", metric="http_requests_total"}[1h]))'
        ),
        "service:http_latency_seen:timestamp": (
            'max(timestamp(http_request_duration_seconds_count{service="api"})) or max(last_over_time('
            'service:http_latency_seen:timestamp{service="api", metric="http_request_duration_seconds_count"}[1h]))'
        ),
        "service:up": 'max(up{service="api"})',
    }


def test_other_paths_names_and_intervals_of_an_http_service_reach_the_plan() -> None:
    plan = plan_of(
        {
            "name": "web",
            "kind": "node",
            "target": "web:3000",
            "path": "/api/metrics",
            "scrape_interval": "30s",
            "metrics": {"requests_total": "openmemory_http_requests_total", "duration_seconds": "openmemory_seconds"},
        }
    )
    (job,) = plan.scrape_jobs
    assert (job.metrics_path, job.interval) == ("/api/metrics", "30s")
    found = recorded(plan, "web")
    # The other names do not take prom-client's label with them.
    assert (
        'openmemory_http_requests_total{service="web", status_code=~"5.."}' in (found["service:http_failures:rate5m"])
    )
    assert "rate(openmemory_seconds_bucket{" in found["service:http_latency:p95_5m"]
    assert "http_request_duration_seconds" not in "".join(found.values())


def test_without_a_counter_the_histogram_counts_the_requests() -> None:
    found = recorded(
        plan_of({"name": "api", "kind": "http", "target": "api:80", "metrics": {"requests_total": None}}), "api"
    )
    source, name = 'service="api"', "http_request_duration_seconds_count"
    assert found["service:http_requests:rate5m"] == Counter(name, source).rate()
    assert found["service:http_failures:rate5m"].startswith(Counter(name, source, 'status=~"5.."').rate())


def test_a_native_histogram_counts_by_itself() -> None:
    metrics = {"requests_total": None, "histogram": "native"}
    found = recorded(plan_of({"name": "api", "kind": "http", "target": "api:80", "metrics": metrics}), "api")
    counted = 'histogram_count(sum(rate(http_request_duration_seconds{service="api"}[5m])))'
    assert found["service:http_requests:rate5m"] == counted
    assert found["service:http_failures:rate5m"].startswith(counted.replace('"api"}', '"api", status=~"5.."}'))


@pytest.mark.parametrize(
    ("metrics", "metric", "read"),
    [
        ({}, "http_requests_total", 'status=~"[1-5].."'),
        ({"failed_statuses": ["error"]}, "http_requests_total", 'status!=""'),
        ({"requests_total": None}, "http_request_duration_seconds_count", 'status=~"[1-5].."'),
        ({"requests_total": None, "histogram": "native"}, "http_request_duration_seconds", 'status=~"[1-5].."'),
    ],
)
def test_requests_none_of_which_has_a_status_that_can_be_read_are_recorded(
    metrics: dict[str, object], metric: str, read: str
) -> None:
    found = recorded(plan_of({"name": "api", "kind": "http", "target": "api:80", "metrics": metrics}), "api")
    assert found["service:http_status_unread:info"] == (
        f'group({metric}{{service="api"}}) unless group({metric}{{service="api", {read}}})'
    )


def test_native_histograms_are_scraped_and_read_without_buckets() -> None:
    plan = plan_of({"name": "api", "kind": "http", "target": "api:80", "metrics": {"histogram": "native"}})
    assert [job.native_histograms for job in plan.scrape_jobs] == [True]
    assert recorded(plan, "api")["service:http_latency:p95_5m"] == (
        'histogram_quantile(0.95, sum(rate(http_request_duration_seconds{service="api"}[5m])))'
    )


def test_only_a_service_with_objectives_has_their_series() -> None:
    api: dict[str, object] = {"name": "api", "kind": "http", "target": "api:80"}
    assert not [name for name in recorded(plan_of(api), "api") if "slo" in name]
    plan = plan_of({**api, "slo": {"availability": 0.99}})
    assert {name: expression for name, expression in recorded(plan, "api").items() if "slo" in name} == {
        "service:slo_total:rate5m": 'service:http_requests:rate5m{service="api"}',
        "service:slo_bad:rate5m": 'service:http_failures:rate5m{service="api"}',
        "service:slo_objective:ratio": "vector(0.99)",
        "service:slo_window:days": "vector(30)",
    }


ENTRY = {"name": "api", "kind": "http", "target": "api:8000"}


def test_what_stands_behind_the_paths_question_mark_is_asked_for_apart_from_it() -> None:
    (job,) = plan_of({**ENTRY, "path": "/v1/sys/metrics?format=prometheus&a=%20&a"}).scrape_jobs
    assert job.metrics_path == "/v1/sys/metrics"
    assert job.params == {"format": ["prometheus"], "a": [" ", ""]}


def test_an_objective_keeps_all_its_digits() -> None:
    rules = plan_of({**ENTRY, "slo": {"availability": 0.9999999}}).recording_rules["api"]
    assert [rule.expr for rule in rules if rule.record == "service:slo_objective:ratio"] == ["vector(0.9999999)"]


def with_failures(requests: str, statuses: str = "5..") -> str:
    return f'label_replace({requests}, "failed", "yes", "status", "{statuses}")'


def test_requests_are_recorded_by_endpoint_and_status_whatever_those_labels_are_called() -> None:
    metrics = {"route_label": "handler", "status_label": "code"}
    found = recorded(plan_of({"name": "api", "kind": "http", "target": "api:80", "metrics": metrics}), "api")
    requests = Counter("http_requests_total", 'service="api"').rate(by="handler, code")
    renamed = f'label_replace({requests}, "endpoint", "$1", "handler", "(.*)")'
    assert found["service:http_endpoint_requests:rate5m"] == with_failures(
        f'sum by (endpoint, status) (label_replace({renamed}, "status", "$1", "code", "(.*)"))'
    )
    slowest = Histogram("http_request_duration_seconds", 'service="api"').quantile(0.95, by="handler")
    assert found["service:http_endpoint_latency:p95_5m"] == (
        f'max by (endpoint) (label_replace({slowest}, "endpoint", "$1", "handler", "(.*)"))'
    )


def test_a_label_that_has_the_normalised_name_is_not_renamed() -> None:
    metrics = {"route_label": "endpoint"}
    found = recorded(plan_of({"name": "api", "kind": "http", "target": "api:80", "metrics": metrics}), "api")
    requests = Counter("http_requests_total", 'service="api"').rate(by="endpoint, status")
    assert found["service:http_endpoint_requests:rate5m"] == with_failures(f"sum by (endpoint, status) ({requests})")


def test_a_native_histogram_counts_endpoints_by_itself() -> None:
    metrics = {"requests_total": None, "histogram": "native"}
    found = recorded(plan_of({"name": "api", "kind": "http", "target": "api:80", "metrics": metrics}), "api")
    counted = 'histogram_count(sum by (route, status) (rate(http_request_duration_seconds{service="api"}[5m])))'
    assert counted in found["service:http_endpoint_requests:rate5m"]
    assert "service:http_latency:bucket_rate5m" not in found


def test_statuses_that_are_words_fail_as_the_entry_says() -> None:
    metrics = {"status_label": "outcome", "failed_statuses": ["error", "time out"]}
    found = recorded(plan_of({**ENTRY, "metrics": metrics}), "api")
    assert 'outcome=~"error|time\\\\ out"' in found["service:http_failures:rate5m"]
    assert found["service:http_endpoint_requests:rate5m"].endswith('"failed", "yes", "status", "error|time\\\\ out")')
    assert mistakes_in({**ENTRY, "metrics": {"failed_statuses": [" "]}}) == [
        "services[0].metrics.failed_statuses: found ' '. Allowed: values that the label has."
    ]


@pytest.mark.parametrize("value", ["5..", "error|timeout", "err.*", "[45]xx", r"5\\d\\d"])
def test_a_failed_status_is_no_expression(value: str) -> None:
    (told,) = mistakes_in({**ENTRY, "metrics": {"failed_statuses": [value]}})
    assert told.endswith("It is no expression: list each value, or a class such as 5xx.")


@pytest.mark.parametrize("value", ["5xx", "500", "time out", "a.b", "error (fatal)", "*"])
def test_every_other_failed_status_is_a_value(value: str) -> None:
    plan_of({**ENTRY, "metrics": {"failed_statuses": [value]}})


@pytest.mark.parametrize("part", ["bucket", "count", "sum"])
@pytest.mark.parametrize("entry", [ENTRY, {"name": "api", "kind": "queries", "metrics_from": "app"}])
def test_a_histogram_is_named_without_its_parts(entry: dict[str, object], part: str) -> None:
    app = {**ENTRY, "name": "app"}
    assert mistakes_in(app, {**entry, "metrics": {"duration_seconds": f"db_seconds_{part}"}}) == [
        f"services[1].metrics.duration_seconds: found 'db_seconds_{part}'. Allowed: 'db_seconds'. "
        "Its _bucket, _count and _sum are found by themselves."
    ]


@pytest.mark.parametrize("name", ["http_duration_milliseconds", "http_duration_ms", "http.duration.ms"])
def test_a_name_in_milliseconds_wants_the_unit_said(name: str) -> None:
    entry: dict[str, object] = {**ENTRY, "metrics": {"duration_seconds": name}}
    assert mistakes_in(entry) == [
        f"services[0].metrics.unit: found nothing beside duration_seconds: '{name}'. Allowed: milliseconds. "
        "unit: seconds says that duration_seconds counts in seconds all the same."
    ]
    for unit in ("seconds", "milliseconds"):
        plan_of({**entry, "metrics": {"duration_seconds": name, "unit": unit}})


def test_a_summary_brings_what_a_summary_can_tell() -> None:
    found = recorded(plan_of({**ENTRY, "metrics": {"histogram": "summary"}}), "api")
    assert "service:http_apdex:ratio_rate5m" not in found
    assert (
        'timestamp(http_request_duration_seconds{service="api", quantile="0.95"})'
        in (found["service:http_latency_seen:timestamp"])
    )
    slo = {"latency": {"seconds": 0.5}}
    assert mistakes_in({**ENTRY, "metrics": {"histogram": "summary"}, "slo": slo}) == [
        "services[0].slo: found latency with metrics.histogram: summary. Allowed: latency with classic or native. "
        "A summary does not tell how many requests are within a limit."
    ]


@pytest.mark.parametrize(
    ("own", "reader", "native", "classic_too"),
    [
        ({"histogram": "classic"}, None, False, False),
        ({"histogram": "native"}, None, True, False),
        ({"histogram": "native"}, {"histogram": "classic"}, True, True),
        ({"histogram": "classic"}, {"histogram": "native"}, True, True),
        ({"histogram": "summary"}, {"histogram": "native"}, True, False),
        ({"histogram": "native", "requests_total": "http_request_duration_seconds_count"}, None, True, True),
    ],
)
def test_a_scrape_brings_the_forms_of_histograms_that_its_readers_need(
    own: dict[str, str], reader: dict[str, str] | None, native: bool, classic_too: bool
) -> None:
    readers = [{"name": "queries", "kind": "queries", "metrics_from": "api", "metrics": reader}] if reader else []
    (job,) = plan_of({**ENTRY, "metrics": own}, *readers).scrape_jobs
    assert (job.native_histograms, job.classic_too) == (native, classic_too)


def test_no_failed_statuses_at_all_is_not_the_default_in_other_words() -> None:
    assert mistakes_in({**ENTRY, "metrics": {"failed_statuses": []}}) == [
        "services[0].metrics.failed_statuses: found []. Allowed: a list that is not empty."
    ]

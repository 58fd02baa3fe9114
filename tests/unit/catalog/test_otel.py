"""Services instrumented with OpenTelemetry: those that send to the gateway, and those that are scraped."""

from __future__ import annotations

import pytest

from catalog.counter import Counter
from catalog.plan import ScrapeJob
from tests.plans import plan_of
from tests.unit.catalog.planned import labels, recorded

PUSHED: dict[str, object] = {"name": "api", "kind": "otel", "otlp": {}}


def test_what_sends_by_otlp_is_not_scraped_and_up_while_it_sends() -> None:
    plan = plan_of({**PUSHED, "limits": {"series": 500}})
    assert plan.scrape_jobs == ()
    found = recorded(plan, "api")
    assert found["service:otlp_sources:count"] == 'count(target_info{job="api"}) or vector(0)'
    assert found["service:up"] == 'service:otlp_sources:count{service="api"} > bool 0'
    assert found["service:series:count"] == 'count({job="api"})'
    assert found["service:series_budget:count"] == "vector(500)"


@pytest.mark.parametrize(
    ("identity", "job"),
    [
        ({}, "api"),
        ({"service_name": "shop-api"}, "shop-api"),
        ({"service_namespace": "shop"}, "shop/api"),
        ({"service_name": "checkout", "service_namespace": "shop"}, "shop/checkout"),
    ],
)
def test_its_series_have_the_job_that_prometheus_makes_of_its_identity(identity: dict[str, str], job: str) -> None:
    found = recorded(plan_of({**PUSHED, "otlp": identity}), "api")
    assert f'{{job="{job}"}}' in found["service:otlp_sources:count"]
    assert f'{{job="{job}"}}' in found["service:http_requests:rate5m"]


def test_requests_are_read_under_the_names_of_the_semantic_conventions() -> None:
    found = recorded(plan_of(PUSHED), "api")
    requests = Counter("http_server_request_duration_seconds_count", 'job="api"').rate()
    assert found["service:http_requests:rate5m"] == requests
    assert 'http_response_status_code=~"5.."' in found["service:http_failures:rate5m"]
    assert '"endpoint", "$1", "http_route"' in found["service:http_endpoint_latency:p95_5m"]


def test_one_with_an_endpoint_of_its_own_is_scraped_like_any_service() -> None:
    plan = plan_of({"name": "api", "kind": "otel", "target": "api:9464"})
    assert plan.scrape_jobs == (ScrapeJob("api", ("api:9464",), labels("api", "otel")),)
    found = recorded(plan, "api")
    assert found["service:up"] == 'max(up{service="api"})'
    assert "service:otlp_sources:count" not in found
    assert '{service="api"}' in found["service:http_requests:rate5m"]

"""Limits of OTLP that the programs behind the gateway do not have."""

from __future__ import annotations

import pytest

from tests.plans import mistakes_in, plan_of

API: dict[str, object] = {"name": "api", "kind": "fastapi", "target": "api:8000"}
HELD = "Agents send nearly 4 MiB at once, and the gateway holds several requests in 512 MiB."
REFUSED = "Prometheus refuses the whole request for a point beyond it."


@pytest.mark.parametrize("request_size", ["4Mi", "32Mi"])
def test_a_request_is_as_large_as_agents_send_and_as_the_gateway_holds(request_size: str) -> None:
    assert plan_of(API, otlp={"request": request_size}).settings.otlp.request == request_size


@pytest.mark.parametrize("request_size", ["3Mi", "33Mi", "1Gi"])
def test_smaller_and_larger_requests_are_mistakes(request_size: str) -> None:
    assert mistakes_in(API, otlp={"request": request_size}) == [
        f"otlp.request: found {request_size!r}. Allowed: a size from 4Mi to 32Mi. {HELD}"
    ]


@pytest.mark.parametrize(
    ("key", "longest", "too_long"), [("ahead", "9m", "9m1s"), ("ahead", "540s", "10m"), ("behind", "55m", "1h")]
)
def test_clocks_may_be_wrong_by_less_than_prometheus_refuses(key: str, longest: str, too_long: str) -> None:
    allowed = {"ahead": "9m", "behind": "55m"}[key]
    assert plan_of(API, otlp={key: longest})
    assert mistakes_in(API, otlp={key: too_long}) == [
        f"otlp.{key}: found {too_long!r}. Allowed: a duration up to {allowed}. {REFUSED}"
    ]


def test_all_mistakes_are_told_at_once() -> None:
    found = mistakes_in(API, otlp={"request": "1Mi", "ahead": "1h", "behind": "1d", "label_sets": 0})
    keys = [mistake.partition(":")[0] for mistake in found]
    assert keys == ["otlp.label_sets", "otlp.request", "otlp.ahead", "otlp.behind"]

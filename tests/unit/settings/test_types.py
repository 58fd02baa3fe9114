"""The sentence that a text gets which does not look as its type asks."""

from __future__ import annotations

import pytest

from settings.stackfile import RawConfiguration
from tests.unit.settings.few_kinds import A_DURATION, A_NAME, A_SECRET, A_TARGET, mistakes_in, raw, service


@pytest.mark.parametrize(
    ("configuration", "sentence"),
    [
        pytest.param(service(name="Api"), f"services[0].name: found 'Api'. Allowed: {A_NAME}.", id="a capital letter"),
        pytest.param(
            service(name="a" * 41),
            f"services[0].name: found '{'a' * 41}'. Allowed: {A_NAME}.",
            id="a name that is too long",
        ),
        pytest.param(service(target="api"), f"services[0].target: found 'api'. Allowed: {A_TARGET}.", id="no port"),
        pytest.param(
            service(target="api:65536"),
            f"services[0].target: found 'api:65536'. Allowed: {A_TARGET}.",
            id="a target's port above the range",
        ),
        pytest.param(
            service(target="http://api:80"),
            f"services[0].target: found 'http://api:80'. Allowed: {A_TARGET}.",
            id="a URL for a target",
        ),
        pytest.param(
            service(path="metrics"),
            "services[0].path: found 'metrics'. Allowed: a path that starts with /.",
            id="a path without its slash",
        ),
        pytest.param(
            service(metrics={"requests_total": "http requests"}),
            "services[0].metrics.requests_total: found 'http requests'. Allowed: a Prometheus metric or label name.",
            id="a metric with a space",
        ),
        pytest.param(
            raw(retention={"metrics": "15days"}),
            f"retention.metrics: found '15days'. Allowed: {A_DURATION}.",
            id="a duration that is spelled out",
        ),
        pytest.param(
            raw(prometheus={"storage": "20GB"}),
            "prometheus.storage: found '20GB'. Allowed: a size such as 512Mi, 10Gi or 1Ti.",
            id="a size in another unit",
        ),
        pytest.param(
            raw(grafana={"url": "grafana.example.com"}),
            "grafana.url: found 'grafana.example.com'. Allowed: a URL that starts with http:// or https://.",
            id="a URL without a scheme",
        ),
        pytest.param(
            raw(services=[{"name": "db", "kind": "postgres", "target": "db:5432", "password": "pass word"}]),
            f"services[0].password: found 'pass word'. Allowed: {A_SECRET}.",
            id="a password where a secret's name belongs",
        ),
    ],
)
def test_a_text_that_does_not_look_right_is_told_how_it_should(configuration: RawConfiguration, sentence: str) -> None:
    assert mistakes_in(configuration) == [sentence]

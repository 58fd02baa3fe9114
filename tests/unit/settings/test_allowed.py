"""What a field may hold, told from its type: numbers, texts, lists and mappings."""

from __future__ import annotations

import pytest

from settings.stackfile import RawConfiguration
from tests.unit.settings.few_kinds import A_DURATION, A_NAME, mistakes_in, raw, service


@pytest.mark.parametrize(
    ("configuration", "sentence"),
    [
        pytest.param(
            raw(demo={"enabled": "yes"}),
            "demo.enabled: found 'yes'. Allowed: true or false.",
            id="text where true or false belongs",
        ),
        pytest.param(raw(demo=5), "demo: found 5. Allowed: a mapping of keys to values.", id="a number for a section"),
        pytest.param(
            raw(grafana=None),
            "grafana: found nothing. Allowed: a mapping of keys to values.",
            id="a section without content",
        ),
        pytest.param(
            raw(docker={"networks": "shop"}), "docker.networks: found 'shop'. Allowed: a list.", id="text for a list"
        ),
        pytest.param(
            raw(docker={"networks": ["shop", 7]}),
            "docker.networks[1]: found 7. Allowed: a string.",
            id="a number in a list of texts",
        ),
        pytest.param(
            raw(kubernetes={"context": True}),
            "kubernetes.context: found true. Allowed: a string.",
            id="true for an optional text",
        ),
        pytest.param(
            raw(retention={"metrics": 15}),
            f"retention.metrics: found 15. Allowed: {A_DURATION}.",
            id="a number for a duration",
        ),
        pytest.param(
            raw(environment=5), f"environment: found 5. Allowed: {A_NAME}.", id="a number for an optional name"
        ),
        pytest.param(
            raw(images={"overrides": {"grafana": 13}}),
            "images.overrides.grafana: found 13. Allowed: a string.",
            id="a number for an image",
        ),
        pytest.param(
            raw(docker={"ports": {"grafana": "3000"}}),
            "docker.ports.grafana: found '3000'. Allowed: a whole number from 1 to 65535.",
            id="a port in quotes",
        ),
        pytest.param(
            raw(docker={"ports": {"grafana": 3000.5}}),
            "docker.ports.grafana: found 3000.5. Allowed: a whole number from 1 to 65535.",
            id="half a port",
        ),
        pytest.param(
            raw(docker={"ports": {"grafana": 70000}}),
            "docker.ports.grafana: found 70000. Allowed: a whole number from 1 to 65535.",
            id="a port above the range",
        ),
        pytest.param(
            raw(docker={"ports": {"grafana": 0}}),
            "docker.ports.grafana: found 0. Allowed: a whole number from 1 to 65535.",
            id="a port below the range",
        ),
        pytest.param(
            raw(demo={"error_share": 1.5}),
            "demo.error_share: found 1.5. Allowed: a number from 0 to 1.",
            id="a share above one",
        ),
        pytest.param(
            raw(demo={"requests_per_second": 0}),
            "demo.requests_per_second: found 0. Allowed: a number above 0 and up to 200.",
            id="a rate of nothing",
        ),
        pytest.param(
            service(slo={"availability": 1}),
            "services[0].slo.availability: found 1. Allowed: a number above 0 and below 1.",
            id="an objective that nothing can miss",
        ),
        pytest.param(
            raw(docker={"directory": ""}),
            "docker.directory: found ''. Allowed: a path without a colon that is not empty.",
            id="an empty directory",
        ),
    ],
)
def test_a_value_of_another_type_or_beyond_its_range_is_told_what_is_allowed(
    configuration: RawConfiguration, sentence: str
) -> None:
    assert mistakes_in(configuration) == [sentence]

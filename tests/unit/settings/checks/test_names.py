"""Names of services that are taken."""

from __future__ import annotations

import pytest

from settings.stackfile import RawConfiguration
from tests.unit.settings.few_kinds import API, mistakes_in, raw, service


@pytest.mark.parametrize(
    ("configuration", "sentence"),
    [
        pytest.param(
            raw(services=[API, {**API, "target": "api:8001"}]),
            "services[1].name: found 'api'. Allowed: a name no other service has. Rename one of them.",
            id="a name that is taken",
        ),
        pytest.param(
            service(name="grafana"),
            "services[0].name: found 'grafana'. Allowed: a name the stack does not use itself. "
            "The stack monitors its own components already; remove the entry or rename it.",
            id="a name of the stack's own",
        ),
    ],
)
def test_a_taken_name_is_a_mistake(configuration: RawConfiguration, sentence: str) -> None:
    assert mistakes_in(configuration) == [sentence]

"""Images that are taken from elsewhere."""

from __future__ import annotations

import pytest

from settings.stackfile import RawConfiguration
from tests.unit.settings.few_kinds import mistakes_in, raw


@pytest.mark.parametrize(
    ("configuration", "sentence"),
    [
        pytest.param(
            raw(images={"overrides": {"promethes": "mirror/prometheus:1"}}),
            "images.overrides.promethes: found unknown component 'promethes'. "
            "Allowed: grafana, loki, prometheus. Did you mean 'prometheus'?",
            id="an image of no component",
        ),
    ],
)
def test_an_image_of_no_component_is_a_mistake(configuration: RawConfiguration, sentence: str) -> None:
    assert mistakes_in(configuration) == [sentence]

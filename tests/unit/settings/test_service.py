"""What every service says: where its series come from."""

from __future__ import annotations

import pytest

from settings.stackfile import RawConfiguration
from tests.unit.settings.few_kinds import mistakes_in, service


@pytest.mark.parametrize(
    ("configuration", "sentence"),
    [
        pytest.param(
            service(target=None),
            "services[0]: found no target and no discover. Allowed: exactly one of target, discover.",
            id="no target",
        ),
    ],
)
def test_one_source_of_series_is_needed(configuration: RawConfiguration, sentence: str) -> None:
    assert mistakes_in(configuration) == [sentence]

"""How mistakes are counted and quoted."""

from __future__ import annotations

import pytest

from settings import ConfigurationError
from settings.stackfile import RawConfiguration
from tests.unit.settings.few_kinds import A_NAME, loaded, mistakes_in, raw, service


@pytest.mark.parametrize(
    ("configuration", "sentence"),
    [
        pytest.param(
            service(owner=["a rather long list of words", "that would fill the line", "and the next one"]),
            "services[0].owner: found ['a rather long list of words', 'that would fill the line',…. "
            f"Allowed: {A_NAME}.",
            id="a value that is too long to be repeated",
        ),
    ],
)
def test_a_long_value_is_quoted_in_part(configuration: RawConfiguration, sentence: str) -> None:
    assert mistakes_in(configuration) == [sentence]


def test_one_mistake_is_counted_in_the_singular() -> None:
    with pytest.raises(ConfigurationError, match=r"^Pulumi\.dev\.yaml: 1 mistake, nothing was deployed\.\n  1\. "):
        loaded(raw(runtime="dokcer"))

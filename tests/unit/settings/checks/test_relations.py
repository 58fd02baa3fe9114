"""What services say about each other."""

from __future__ import annotations

import pytest

from settings.stackfile import RawConfiguration
from tests import plans
from tests.plans import plan_of
from tests.unit.settings.few_kinds import A_TARGET, API, CACHE, mistakes_in, raw, service


@pytest.mark.parametrize(
    ("configuration", "sentence"),
    [
        pytest.param(
            raw(services=[{**API, "depends_on": ["cahe"]}, {**API, "name": "cache"}]),
            "services[0].depends_on[0]: found 'cahe'. Allowed: cache. Did you mean 'cache'?",
            id="a dependency on nobody",
        ),
        pytest.param(
            service(depends_on=["api"]),
            "services[0].depends_on[0]: found 'api'. Allowed: another service. A service cannot depend on itself.",
            id="a dependency on itself",
        ),
    ],
)
def test_a_dependency_that_cannot_be_is_a_mistake(configuration: RawConfiguration, sentence: str) -> None:
    assert mistakes_in(configuration) == [sentence]


def test_a_service_with_another_mistake_still_counts_as_declared() -> None:
    cache = {**CACHE, "target": "cache"}
    assert mistakes_in(raw(services=[{**API, "depends_on": ["cache"]}, cache])) == [
        f"services[1].target: found 'cache'. Allowed: {A_TARGET}."
    ]


def test_services_that_depend_on_each_other_in_a_circle_are_a_mistake() -> None:
    def depends(name: str, *others: str) -> dict[str, object]:
        return {**API, "name": name, "depends_on": list(others)}

    assert plan_of(depends("a", "b", "c"), depends("b", "c"), depends("c"))
    assert plans.mistakes_in(depends("a", "b"), depends("b", "c"), depends("c", "d"), depends("d", "b")) == [
        "services[1].depends_on: found b → c → d → b. Allowed: dependencies without a circle. "
        "Keep the direction in which a failure spreads."
    ]

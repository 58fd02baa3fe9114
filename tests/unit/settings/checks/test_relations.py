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
    assert mistakes_in(raw(("cachePassword",), services=[{**API, "depends_on": ["cache"]}, cache])) == [
        f"services[1].target: found 'cache'. Allowed: {A_TARGET}. Add its port."
    ]


def test_services_that_depend_on_each_other_in_a_circle_are_a_mistake() -> None:
    def depends(name: str, *others: str) -> dict[str, object]:
        return {**API, "name": name, "depends_on": list(others)}

    assert plan_of(depends("a", "b", "c"), depends("b", "c"), depends("c"))
    assert plans.mistakes_in(depends("a", "b"), depends("b", "c"), depends("c", "d"), depends("d", "b")) == [
        "services[1].depends_on: found b → c → d → b. Allowed: dependencies without a circle. "
        "Keep the direction in which a failure spreads."
    ]


HOST: dict[str, object] = {"name": "machine", "kind": "host", "target": "10.0.0.5:9100"}
FLEET: dict[str, object] = {"name": "fleet", "kind": "host", "discover": {"dns": {"host": "fleet", "port": 9100}}}


@pytest.mark.parametrize("machine", ["machine", "node-exporter"])
def test_a_service_runs_on_a_declared_machine_or_on_the_stacks_own(machine: str) -> None:
    assert plan_of(HOST, {**API, "runs_on": machine})


@pytest.mark.parametrize(
    ("machine", "runtime", "sentence"),
    [
        ("machin", "docker", "found 'machin'. Allowed: {hosts}: machine, node-exporter. Did you mean 'machine'?"),
        # A list of machines does not say which one.
        ("fleet", "docker", "found 'fleet'. Allowed: {hosts}: machine, node-exporter. {action}"),
        ("api", "docker", "found 'api'. Allowed: {hosts}: machine, node-exporter. {action}"),
        # There the node exporter runs on every machine.
        ("node-exporter", "kubernetes", "found 'node-exporter'. Allowed: {hosts}: machine. {action}"),
    ],
)
def test_what_a_service_runs_on_is_one_machine(machine: str, runtime: str, sentence: str) -> None:
    said = sentence.format(
        hosts="a service of kind host with a target", action="Declare the machine, or leave runs_on out."
    )
    found = plans.mistakes_in(HOST, FLEET, {**API, "runs_on": machine}, runtime=runtime)
    assert found == [f"services[2].runs_on: {said}"]


def test_a_machine_that_depends_on_what_runs_on_it_is_a_circle() -> None:
    (mistake,) = plans.mistakes_in({**HOST, "depends_on": ["api"]}, {**API, "runs_on": "machine"})
    assert mistake.startswith("services[0].depends_on: found machine → api → machine.")


def test_every_circle_is_told() -> None:
    circles = [{**API, "name": name, "depends_on": [other]} for name, other in ("ab", "ba", "cd", "dc")]
    found = plans.mistakes_in(*circles)
    assert [mistake.partition(". ")[0] for mistake in found] == [
        "services[0].depends_on: found a → b → a",
        "services[2].depends_on: found c → d → c",
    ]

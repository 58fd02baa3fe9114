"""Who asks for probes."""

from __future__ import annotations

import pytest

from tests.plans import mistakes_in

PROBE: dict[str, object] = {"name": "shop", "kind": "probe", "target": "shop:80"}
API: dict[str, object] = {"name": "api", "kind": "http", "target": "api:80"}
OFFICE: dict[str, object] = {"name": "office", "kind": "prober", "target": "office:9115"}
THERE = "a service of kind prober, or blackbox-exporter: blackbox-exporter, office"


@pytest.mark.parametrize(
    ("probers", "sentences"),
    [
        (
            ["blackbox-exporter", "ofice"],
            [f"services[0].probers[1]: found 'ofice'. Allowed: {THERE}. Did you mean 'office'?"],
        ),
        (
            ["api"],
            [
                f"services[0].probers[0]: found 'api', a service of kind http. Allowed: {THERE}. "
                "Declare it: name: api, kind: prober, and its target."
            ],
        ),
        (
            ["here", "there"],
            [
                f"services[0].probers[{position}]: found '{name}'. Allowed: {THERE}. "
                f"Declare it: name: {name}, kind: prober, and its target."
                for position, name in enumerate(["here", "there"])
            ],
        ),
        (
            ["office", "blackbox-exporter", "office"],
            ["services[0].probers: found 'office' more than once. Allowed: each entry once. Leave one of them."],
        ),
        ([], ["services[0].probers: found []. Allowed: a list that is not empty."]),
    ],
)
def test_who_asks_is_a_prober_each_once(probers: list[str], sentences: list[str]) -> None:
    assert mistakes_in({**PROBE, "probers": probers}, API, OFFICE) == sentences


def test_a_prober_with_another_mistake_still_counts_as_declared() -> None:
    (sentence,) = mistakes_in({**PROBE, "probers": ["office"]}, {**OFFICE, "target": "office"})
    assert sentence.startswith("services[1].target: found 'office'.")


def test_a_prober_is_named_as_no_other_service_is() -> None:
    (sentence,) = mistakes_in({**PROBE, "name": "office", "probers": ["office"]}, OFFICE)
    assert sentence.startswith("services[1].name: found 'office'. Allowed: a name no other service has.")

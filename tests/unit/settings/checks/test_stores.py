"""Stores that a stack file names, and sections that it names after one."""

from __future__ import annotations

import pytest

from tests.plans import mistakes_in

API: dict[str, object] = {"name": "api", "kind": "fastapi", "target": "api:8000"}


@pytest.mark.parametrize(("store", "section"), [("loki", "logs"), ("victorialogs", "logs"), ("jaeger", "traces")])
def test_a_section_named_after_a_store_names_the_section_that_it_belongs_into(store: str, section: str) -> None:
    assert mistakes_in(API, **{store: {"storage": "50Gi"}}) == [
        f"{store}: found a section named after a store. Allowed: {section}. Write {section}: {{store: {store}, …}}."
    ]


def test_a_store_that_does_not_exist_is_a_mistake_with_the_nearest_one() -> None:
    assert mistakes_in(API, logs={"store": "loky"}, traces={"store": "jaegr"}) == [
        "logs.store: found 'loky'. Allowed: loki, victorialogs. Did you mean 'loki'?",
        "traces.store: found 'jaegr'. Allowed: jaeger, tempo. Did you mean 'jaeger'?",
    ]

"""The page of settings: whole, and each thing said once."""

from __future__ import annotations

import re

from references.schema import stack_schema
from references.settings import reference_text
from settings import StackSettings


def test_the_reference_names_every_key_of_every_section_and_kind() -> None:
    page = reference_text()
    keys = {key for model in stack_schema()["$defs"].values() for key in model["properties"]} | {
        *StackSettings.model_fields
    }
    assert keys > {"broker_metrics", "objective", "otlp_http", "namespaces"}
    assert sorted(key for key in keys if not re.search(rf"[`.]{key}[`.[]", page)) == []


def test_the_reference_says_once_what_many_kinds_have() -> None:
    page = reference_text()
    assert page.count("| `owner` |") == 1
    assert page.count("`docker.labels`") == 1
    # A link leads to a heading, in the form that GitHub gives it.
    (heading,) = [line for line in page.splitlines() if line.startswith("### `services[].discover`")]
    assert "[section](#servicesdiscover)" in page
    assert heading

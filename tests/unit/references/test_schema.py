"""The JSON Schema that editors read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from catalog import kinds
from program.known import known
from references.schema import schema_text
from settings.stackfile import PROJECT


def test_the_json_schema_knows_every_section_and_every_kind() -> None:
    schema = json.loads(schema_text())
    config = schema["properties"]["config"]["properties"]
    assert set(config) == {f"{PROJECT}:{name}" for name in known().stack_model().model_fields}
    references = {choice["$ref"].rpartition("/")[2] for choice in config[f"{PROJECT}:services"]["items"]["oneOf"]}
    assert {schema["$defs"][name]["properties"]["kind"]["const"] for name in references} == set(kinds())


def test_every_description_is_a_sentence() -> None:
    described = list(_descriptions(json.loads(schema_text())))
    assert len(described) > 100
    assert [text for text in described if not text.endswith(".")] == []


def _descriptions(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(text := schema.get("description"), str):
            yield text
        for value in schema.values():
            yield from _descriptions(value)
    elif isinstance(schema, list):
        for item in schema:
            yield from _descriptions(item)

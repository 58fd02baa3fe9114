"""The JSON Schema that editors read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from catalog import kinds
from program.known import known
from references.schema import schema_text
from settings.stackfile import PROJECT


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(schema_text())
    return found


def test_the_json_schema_knows_every_section_and_every_kind(schema: dict[str, Any]) -> None:
    config = schema["properties"]["config"]["properties"]
    assert set(config) == {f"{PROJECT}:{name}" for name in known().stack_model().model_fields}
    references = {choice["$ref"].rpartition("/")[2] for choice in config[f"{PROJECT}:services"]["items"]["oneOf"]}
    references.remove("ChangedService")
    assert {schema["$defs"][name]["properties"]["kind"]["const"] for name in references} == set(kinds())


@pytest.mark.parametrize(
    ("config", "complaint"),
    [
        ({"services": [{"name": "a", "kind": "http", "target": "a:1"}]}, None),
        ({"services": [{"name": "a", "target": "a:1"}]}, "'kind' is a required property"),
        ({"extends": "shop.yaml", "services": [{"name": "a", "target": "a:1"}]}, None),
        ({"extends": "shop.yaml", "without": ["a"]}, None),
        ({"extends": "shop.yaml", "services": [{"name": "a", "tarjet": "a:1"}]}, "is not valid"),
        ({"extends": "shop.yaml", "services": [{"target": "a:1"}]}, "is not valid"),
    ],
)
def test_an_editor_takes_a_part_of_a_service_where_the_stack_extends_a_file(
    schema: dict[str, Any], config: dict[str, object], complaint: str | None
) -> None:
    document = {"config": {f"{PROJECT}:{key}": value for key, value in config.items()}}
    found = [error.message for error in Draft202012Validator(schema).iter_errors(document)]
    assert (complaint is None) == (found == []), found
    assert complaint is None or any(complaint in message for message in found)


def test_every_description_is_a_sentence(schema: dict[str, Any]) -> None:
    described = list(_descriptions(schema))
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

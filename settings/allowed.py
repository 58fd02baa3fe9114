"""What a field may hold, as the end of the sentence `Allowed: …`; read from the models' own JSON Schema."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel

from settings.errors import listed
from settings.types import PATTERN_SENTENCES, figure

_WORDS = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "object": "a mapping of keys to values",
    "string": "a string",
}

_LEAST = {"minLength": "a string", "minItems": "a list", "minProperties": "a mapping"}


def allowed_keys(model: type[BaseModel], location: Iterable[int | str]) -> list[str]:
    """The keys that the mapping at a location inside `model` may have."""
    return list((_schema_at(model, location) or {}).get("properties", ()))


def allowed_options(model: type[BaseModel], location: Iterable[int | str]) -> list[str]:
    """The values to choose from at a location, where they can be counted."""
    schema = _schema_at(model, location) or {}
    return [str(option) for option in schema.get("enum", [schema["const"]] if "const" in schema else [])]


def allowed_value(model: type[BaseModel], location: Iterable[int | str]) -> str:
    """What may stand at a location, in words; empty when the location leads nowhere."""
    location = tuple(location)
    if options := allowed_options(model, location):
        return listed(options)
    schema = _schema_at(model, location) or {}
    if "pattern" in schema:
        return PATTERN_SENTENCES[schema["pattern"]]
    for least, kind in _LEAST.items():
        if schema.get(least):
            return f"{kind} that is not empty"
    return " ".join([_WORDS.get(schema.get("type", ""), ""), *_range(schema)]).strip()


def _range(schema: Mapping[str, Any]) -> list[str]:
    if "minimum" in schema and "maximum" in schema:
        return [f"from {figure(schema['minimum'])} to {figure(schema['maximum'])}"]
    words = {
        "minimum": "from {} up",
        "exclusiveMinimum": "above {}",
        "maximum": "up to {}",
        "exclusiveMaximum": "below {}",
    }
    sides = [sentence.format(figure(schema[side])) for side, sentence in words.items() if side in schema]
    return [" and ".join(sides)] if sides else []


@cache
def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema()


def _schema_at(model: type[BaseModel], location: Iterable[int | str]) -> Mapping[str, Any] | None:
    """The JSON Schema of a place inside `model`, None when there is no such place."""
    root = _schema(model)
    schema: Mapping[str, Any] | None = root
    for step in location:
        inner = _resolved(root, schema or {})
        steps = inner.get("items") if isinstance(step, int) else inner.get("properties", {}).get(step)
        # Keys that must look like something, such as names, stand under the pattern that they match.
        named = next(iter(inner.get("patternProperties", {}).values()), None)
        schema = steps or inner.get("additionalProperties") or named
    return _resolved(root, schema) if schema else None


def _resolved(root: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema itself, behind references and without the `null` of optional fields."""
    for choice in schema.get("anyOf", ()):
        if choice.get("type") != "null":
            return _resolved(root, choice)
    if "$ref" in schema:
        referred: Mapping[str, Any] = root["$defs"][schema["$ref"].rpartition("/")[2]]
        return referred
    return schema

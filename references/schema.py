"""The JSON Schema of stack files, for editors: completion, descriptions and mistakes while typing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from catalog import kinds
from program.known import known
from settings.stackfile import EXTENDS, PROJECT

SCHEMA_FILE = Path(__file__).resolve().parent.parent / "settings" / "stack.schema.json"


def schema_text() -> str:
    """The schema as sorted, indented JSON."""
    return json.dumps(stack_schema(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def stack_schema() -> dict[str, Any]:
    """A stack file: Pulumi's own keys, and every key of this project under `config`."""
    schema = known().stack_model().model_json_schema()
    definitions: dict[str, Any] = schema.pop("$defs", {})
    properties: dict[str, Any] = schema["properties"]
    definitions.pop("Service", None)
    kind_references = []
    for kind in kinds().values():
        model = TypeAdapter(kind.settings).json_schema()
        definitions |= model.pop("$defs", {})
        definitions[kind.settings.__name__] = model
        kind_references.append({"$ref": f"#/$defs/{kind.settings.__name__}"})
    properties["services"] = {
        "description": "What to monitor.",
        "type": "array",
        "minItems": 1,
        "items": {"oneOf": [*kind_references, {"$ref": "#/$defs/ChangedService"}]},
    }
    definitions["ChangedService"] = {
        "description": "What is different about a service of the file that the stack extends, by its name.",
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": {"type": "string"},
            **{
                key: {} for model in known().kinds.values() for key in model.model_fields if key not in ("name", "kind")
            },
        },
        "additionalProperties": False,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A stack of the monitoring project",
        "type": "object",
        "required": ["config"],
        "properties": {
            "config": {
                "type": "object",
                # Of a file that others extend, and of one that extends it, neither has to list services.
                "properties": {f"{PROJECT}:{name}": value for name, value in properties.items()},
                # Secrets are camelCase; everything else of this project is listed above.
                "patternProperties": {
                    f"^{PROJECT}:[a-z]+[A-Z][A-Za-z0-9]*$": {
                        "type": "object",
                        "required": ["secure"],
                        "properties": {"secure": {"type": "string"}},
                        "additionalProperties": False,
                    },
                    f"^(?!{PROJECT}:)": {},
                },
                "additionalProperties": False,
                "if": {"required": [f"{PROJECT}:{EXTENDS}"]},
                "else": {"properties": {f"{PROJECT}:services": {"items": {"required": ["kind"]}}}},
            }
        },
        "$defs": definitions,
    }

"""docs/settings.md: every key with its type, default and meaning, taken from the models themselves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from catalog import kinds
from settings.schema import stack_schema
from settings.stackfile import PROJECT

REFERENCE_FILE = Path(__file__).resolve().parent.parent / "docs" / "settings.md"
_INTRODUCTION = f"""# Settings

Written by `make schema` from the models in `settings/` and `catalog/`; do not edit. Keys stand under `config:` in
`Pulumi.<stack>.yaml`, each with the prefix `{PROJECT}:`. Unknown keys are mistakes. All mistakes are reported at once,
before anything is touched.

Secrets are flat keys in camelCase, set with `pulumi config set --secret <name>`; settings refer to them by name.
"""


def reference_text() -> str:
    """The page as Markdown."""
    schema = stack_schema()
    definitions: dict[str, Any] = schema["$defs"]
    lines = [_INTRODUCTION, "## Stack", "", *_header()]
    sections: list[tuple[str, dict[str, Any]]] = []
    for key, field in schema["properties"]["config"]["properties"].items():
        name = key.removeprefix(f"{PROJECT}:")
        inner = _referenced(field, definitions)
        lines.append(_row(name, field, inner))
        if inner:
            sections.append((name, inner))
    while sections:
        name, section = sections.pop(0)
        lines += ["", f"## `{name}`", "", section.get("description", ""), "", *_header()]
        for key, field in section["properties"].items():
            inner = _referenced(field, definitions)
            lines.append(_row(key, field, inner))
            if inner:
                sections.insert(0, (f"{name}.{key}", inner))
    lines += ["", "## Kinds of services"]
    for kind in sorted(kinds()):
        lines += _kind(definitions[kinds()[kind].settings.__name__], definitions)
    return "\n".join(lines) + "\n"


def _kind(model: dict[str, Any], definitions: dict[str, Any]) -> Iterator[str]:
    required = set(model.get("required", ()))
    yield from ("", f"### `kind: {model['properties']['kind']['const']}`", "", model.get("description", ""), "")
    yield from _header()
    for key, field in model["properties"].items():
        if key == "kind":
            continue
        inner = _referenced(field, definitions)
        if inner is None:
            yield _row(key, field, None, required=key in required)
        else:
            yield from (_row(f"{key}.{name}", part, None) for name, part in inner["properties"].items())


def _header() -> list[str]:
    return ["| key | what | default | meaning |", "| --- | --- | --- | --- |"]


def _row(key: str, field: dict[str, Any], inner: dict[str, Any] | None, *, required: bool = False) -> str:
    what = "section" if inner else _type(field)
    default = "required" if required or key == "services" else _default(field, inner)
    meaning = field.get("description") or (inner or {}).get("description", "")
    return f"| `{key}` | {what} | {default} | {meaning} |"


def _type(field: dict[str, Any]) -> str:
    if "enum" in field:
        return " or ".join(f"`{value}`" for value in field["enum"])
    if "anyOf" in field:
        return " or ".join(_type(option) for option in field["anyOf"] if option.get("type") != "null")
    if field.get("type") == "array":
        return "list"
    return str(field.get("type", "value")).replace("object", "mapping")


def _default(field: dict[str, Any], inner: dict[str, Any] | None) -> str:
    if inner or "default" not in field:
        return ""
    value = field["default"]
    if value is None or value == [] or value == {}:
        return "none"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _referenced(field: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any] | None:
    reference = field.get("$ref")
    found: dict[str, Any] | None = definitions[reference.rpartition("/")[2]] if reference else None
    return found

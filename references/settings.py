"""docs/settings.md: every key with its type, default and meaning, taken from the models themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from catalog import kinds
from references.schema import stack_schema
from settings.service import Service
from settings.stackfile import PROJECT

REFERENCE_FILE = Path(__file__).resolve().parent.parent / "docs" / "settings.md"
_INTRODUCTION = f"""# Settings

Written by `make schema` from the models in `settings/` and `catalog/`; do not edit. Keys stand under `config:` in
`Pulumi.<stack>.yaml`, each with the prefix `{PROJECT}:`. Unknown keys are mistakes. All mistakes are reported at once,
before anything is touched.

Secrets have names in camelCase, by which settings refer to them; `make secrets ARGS=<name>` sets one, and so does
`pulumi config set --secret <name>`.
"""
_OF_SERVICES = "services[]"
# A section that this many kinds have is described once.
_COMMON = 3
_Schema = dict[str, Any]


def reference_text() -> str:
    """The page as Markdown."""
    schema = stack_schema()
    definitions: dict[str, _Schema] = schema["$defs"]
    stack = {
        key.removeprefix(f"{PROJECT}:"): field for key, field in schema["properties"]["config"]["properties"].items()
    }
    models = [definitions[kinds()[kind].settings.__name__] for kind in sorted(kinds())]
    common = _common_sections(models, definitions)
    lines = [_INTRODUCTION, "## Stack", "", *_header()]
    sections = {}
    for key, field in stack.items():
        lines.append(_row(key, field, definitions))
        if section := _section(field, definitions):
            sections[f"{key}{section.suffix}"] = section.model
    for title, model in sections.items():
        lines += _page_section(f"## `{title}`", model, definitions)
    shared = set(Service.model_fields)
    lines += ["", "## Services", "", "What every service has beside its `kind`:", "", *_header()]
    lines += _rows("", models[0], definitions, models[0]["properties"].keys() - shared | {"kind"}, common)
    for model in models:
        heading = f"### `kind: {model['properties']['kind']['const']}`"
        lines += _page_section(heading, model, definitions, skip=shared, links=common)
    lines += ["", "## Sections that many kinds have"]
    for key, model in common.items():
        lines += _page_section(f"### `{_OF_SERVICES}.{key}`", model, definitions)
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class _Section:
    """A model that a field holds, or holds several of under names or in a list (then with a suffix to its key)."""

    model: _Schema
    suffix: str


def _section(field: _Schema, definitions: dict[str, _Schema]) -> _Section | None:
    for option in field.get("anyOf", (field,)):
        if "$ref" in option:
            return _Section(definitions[option["$ref"].rpartition("/")[2]], "")
        if "$ref" in option.get("items", {}):
            return _Section(definitions[option["items"]["$ref"].rpartition("/")[2]], "[]")
        for inner in (option.get("additionalProperties"), *option.get("patternProperties", {}).values()):
            if isinstance(inner, dict) and "$ref" in inner:
                return _Section(definitions[inner["$ref"].rpartition("/")[2]], ".<name>")
    return None


def _common_sections(models: list[_Schema], definitions: dict[str, _Schema]) -> dict[str, _Schema]:
    """The sections that many kinds have under the same key, by that key."""
    counts: Counter[tuple[str, str]] = Counter()
    found: dict[str, _Schema] = {}
    for model in models:
        for key, field in model["properties"].items():
            if section := _section(field, definitions):
                key += section.suffix
                counts[key, section.model["title"]] += 1
                if counts[key, section.model["title"]] == _COMMON:
                    found[key] = section.model
    return dict(sorted(found.items()))


def _page_section(
    heading: str,
    model: _Schema,
    definitions: dict[str, _Schema],
    *,
    skip: Set[str] = frozenset(),
    links: Mapping[str, _Schema] = MappingProxyType({}),
) -> Iterator[str]:
    yield from ("", heading, "", model.get("description", ""), "")
    yield from _header()
    yield from _rows("", model, definitions, skip, links)


def _rows(
    prefix: str, model: _Schema, definitions: dict[str, _Schema], skip: Set[str], links: Mapping[str, _Schema]
) -> Iterator[str]:
    required = set(model.get("required", ()))
    for key, field in model["properties"].items():
        if key in skip:
            continue
        section = _section(field, definitions)
        path = f"{prefix}{key}{section.suffix if section else ''}"
        linked = section is not None and links.get(path) == section.model
        if section is None or linked:
            yield _row(path, field, definitions, required=key in required, linked=linked)
        else:
            yield from _rows(f"{path}.", section.model, definitions, set(), {})


def _header() -> list[str]:
    return ["| key | what | default | meaning |", "| --- | --- | --- | --- |"]


def _row(
    key: str, field: _Schema, definitions: dict[str, _Schema], *, required: bool = False, linked: bool = False
) -> str:
    section = _section(field, definitions)
    what = "section" if section and not section.suffix else _type(field)
    if linked:
        what = f"[{what}](#{_anchor(key)})"
    default = "required" if required or key == "services" else "" if section else _default(field)
    meaning = field.get("description") or (section.model.get("description", "") if section else "")
    first_paragraph = " ".join(meaning.partition("\n\n")[0].split())
    return f"| `{key}` | {what} | {default} | {first_paragraph} |"


def _anchor(key: str) -> str:
    """GitHub's anchor of the section that describes a key."""
    kept = (character for character in f"{_OF_SERVICES}.{key}" if character.isalnum() or character in "-_ ")
    return "".join(kept)


def _type(field: _Schema) -> str:
    if "enum" in field:
        return " or ".join(f"`{value}`" for value in field["enum"])
    if "const" in field:
        return f"`{field['const']}`"
    if "anyOf" in field:
        return " or ".join(_type(option) for option in field["anyOf"] if option.get("type") != "null")
    if field.get("type") == "array":
        return "list"
    return str(field.get("type", "value")).replace("object", "mapping")


def _default(field: _Schema) -> str:
    if "default" not in field:
        return ""
    value = field["default"]
    if value is None or value == [] or value == {}:
        return "none"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"

"""What a record says of itself, read in OTTL: the fields of a JSON line, its level, its trace."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import Any

from components.logs.levels import level_statements
from components.logs.lines import STREAM

_COLOURS = r"\x1B\[[0-?]*[ -/]*[@-~]"
# Beyond 128 fields or 64 KiB of them a store may refuse the whole record. The text has them all.
MOST_FIELDS = 64
LONGEST_VALUE = 512
LONGEST_NAME = 128
# Names by which stores know where a record is from, how long it is kept and what it is. A line cannot say them.
_RESERVED = (
    r"^(_.*|service[._].*|retention[._]class|severity_(text|number)|deployment[._]environment.*|container[._].*"
    r"|compose[._].*|k8s[._].*|log[._](iostream|file[._].*)|scope[._].*|observed_timestamp|detected_level|flags)$"
)
_HEX = {"trace_id": "[0-9a-fA-F]{32}", "span_id": "[0-9a-fA-F]{16}"}
_OBJECT = r"^(?s:\s*\{.*\}\s*)$"
_TEXT = 'cache["text"]'


def record_statements(python_services: Collection[str]) -> dict[str, Any]:
    """A group of `log_statements`. A statement that fails leaves the record as it is."""
    return {
        "context": "log",
        "error_mode": "silent",
        "statements": [*_fields(), *level_statements(python_services), *_trace()],
    }


def _fields() -> Iterator[str]:
    yield f"set({_TEXT}, body)"
    yield f'replace_pattern({_TEXT}, {json.dumps(_COLOURS)}, "")'
    is_object = f"IsMatch({_TEXT}, {json.dumps(_OBJECT)})"
    yield f'set(cache["fields"], ParseJSON({_TEXT})) where {is_object}'
    yield f'set(cache["stream"], attributes["{STREAM}"])'
    has_fields = 'cache["fields"] != nil'
    yield f'merge_maps(attributes, cache["fields"], "upsert") where {has_fields}'
    yield f"flatten(attributes) where {has_fields}"
    yield f"delete_matching_keys(attributes, {json.dumps(_RESERVED)}) where {has_fields}"
    yield f'delete_matching_keys(attributes, "^.{{{LONGEST_NAME + 1},}}$") where {has_fields}'


def _trace() -> Iterator[str]:
    for name, digits in _HEX.items():
        is_hex = f'IsMatch(attributes["{name}"], "^{digits}$")'
        yield f'set({name}.string, ConvertCase(attributes["{name}"], "lower")) where {is_hex}'
        yield f'delete_key(attributes, "{name}") where {is_hex}'
    yield f"truncate_all(attributes, {LONGEST_VALUE})"
    yield f"limit(attributes, {MOST_FIELDS}, [])"
    yield f'set(attributes["{STREAM}"], cache["stream"]) where cache["stream"] != nil'

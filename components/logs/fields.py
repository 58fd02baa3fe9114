"""What a record says of itself, read in OTTL: the fields of a JSON line, its level, its trace."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import Any

from components.logs.formats import COLOURS
from components.logs.levels import level_statements
from components.logs.lines import STREAM

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
# What stands before an object and is no part of it: a byte order mark, rsyslog's mark of JSON, the time.
_AHEAD = r"^(?:\x{FEFF}|@cee:|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S*)\s*\{"
# An object is whole with its line. What was joined to it, such as a stack trace, is text.
_FIRST = r"^(?P<object>[ \t]*\{[^\n]*\})[ \t\r]*\n"
_TEXT = 'cache["text"]'
_FIELDS = 'cache["fields"]'
_HAS_FIELDS = f"{_FIELDS} != nil"


def record_statements(python_services: Collection[str]) -> dict[str, Any]:
    """A group of `log_statements`. A statement that fails leaves the record as it is."""
    return {
        "context": "log",
        "error_mode": "silent",
        "statements": [*_fields(), *level_statements(python_services), *_kept()],
    }


def _fields() -> Iterator[str]:
    yield f"set({_TEXT}, body)"
    yield f'replace_pattern({_TEXT}, {json.dumps(COLOURS)}, "")'
    yield f'replace_pattern({_TEXT}, {json.dumps(_AHEAD)}, "{{")'
    yield f"set({_FIELDS}, ParseJSON({_TEXT})) where IsMatch({_TEXT}, {json.dumps(_OBJECT)})"
    yield f'set({_FIELDS}, ParseJSON(ExtractPatterns({_TEXT}, {json.dumps(_FIRST)})["object"])) where {_FIELDS} == nil'
    yield f'set(cache["told"], {_TEXT})'
    yield f'replace_pattern(cache["told"], {json.dumps(_FIRST)}, "") where {_HAS_FIELDS}'
    yield f'replace_pattern(cache["told"], {json.dumps(_OBJECT)}, "") where {_HAS_FIELDS}'
    yield f'set(cache["stream"], attributes["{STREAM}"])'
    yield f'merge_maps(attributes, {_FIELDS}, "upsert") where {_HAS_FIELDS}'
    yield f"flatten(attributes) where {_HAS_FIELDS}"


def _kept() -> Iterator[str]:
    """What is left of the fields when the level has been read, and the trace."""
    yield f"delete_matching_keys(attributes, {json.dumps(_RESERVED)}) where {_HAS_FIELDS}"
    yield f'delete_matching_keys(attributes, "^.{{{LONGEST_NAME + 1},}}$") where {_HAS_FIELDS}'
    for name, digits in _HEX.items():
        is_hex = f'IsMatch(attributes["{name}"], "^{digits}$")'
        yield f'set({name}.string, ConvertCase(attributes["{name}"], "lower")) where {is_hex}'
        yield f'delete_key(attributes, "{name}") where {is_hex}'
    yield f"truncate_all(attributes, {LONGEST_VALUE})"
    yield f"limit(attributes, {MOST_FIELDS}, [])"
    yield f'set(attributes["{STREAM}"], cache["stream"]) where cache["stream"] != nil'

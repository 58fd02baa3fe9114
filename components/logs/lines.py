"""From a line of a container engine's file to a record: its time, its source, the parts of it joined, its name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from components.logs.joining import BEGINS, GOES_ON, POSTGRES_FIELD, POSTGRES_GOES_ON
from components.logs.names import LINK
from workloads.place import LogFormat

# Longer records are cut here and go on in the next one. Stores take no more of a line either.
LONGEST_BYTES = 1024 * 1024
# A record may still grow for so long. Parts of a long line are written at once, and so are stack traces.
_WAIT = "1s"
_TIME = {
    "parse_from": "body.time",
    "layout_type": "gotime",
    "layout": "2006-01-02T15:04:05.999999999Z07:00",
}
# containerd, CRI-O, Podman: time, stream, P for a part of a line or F for its end, text.
_CRI = r"^(?P<time>\S+) (?P<stream>stdout|stderr) (?P<part>[PF])(?::\S*)? (?P<log>(?s:.*))$"
_POD = r"/(?P<namespace>[^_/]+)_(?P<pod>[^_/]+)_(?P<uid>[^/]+)/(?P<container>[^./]+)/(?P<restarts>\d+)\.log$"
_PARSED = 'type(body) == "map" and type(body.log) == "string"'
_LINE = 'type(body) == "string"'
_SOURCE = "log.source"
STREAM = "log.iostream"


def line_operators(log_format: LogFormat) -> list[dict[str, Any]]:
    """Stanza's operators. What is no line of the engine's is a record as it stands; nothing is ever dropped."""
    return [*_engines_line(log_format), *_whole(log_format), *_names(log_format), *_cleaned(), *_joined()]


def _engines_line(log_format: LogFormat) -> Iterator[dict[str, Any]]:
    common = {"parse_to": "body", "timestamp": _TIME, "on_error": "send_quiet"}
    if log_format == "cri":
        yield {"type": "regex_parser", "regex": _CRI, **common}
    else:
        yield {"type": "json_parser", **common}
    yield {
        "type": "move",
        "from": "body.stream",
        "to": f'attributes["{STREAM}"]',
        "if": f"{_PARSED} and body.stream != nil",
    }
    # Files of pods are all called 0.log; one of Docker's keeps its name, whichever way it is found.
    file = "log.file.path" if log_format == "cri" else "log.file.name"
    source = f'EXPR(attributes["{file}"] + " " + (attributes["{STREAM}"] ?? ""))'
    yield {"type": "add", "field": f'attributes["{_SOURCE}"]', "value": source}


def _whole(log_format: LogFormat) -> Iterator[dict[str, Any]]:
    """Engines cut lines at 16 KiB."""
    last = 'body.part == "F"' if log_format == "cri" else 'body.log endsWith "\\n"'
    yield _recombine("body.log", "", {"is_last_entry": last}, _PARSED)


def _names(log_format: LogFormat) -> Iterator[dict[str, Any]]:
    path = 'attributes["log.file.path"]'
    found = {
        "type": "regex_parser",
        "parse_from": path,
        "parse_to": 'attributes["log.found"]',
        "on_error": "send_quiet",
    }
    if log_format == "cri":
        yield {**found, "regex": _POD}
        resources = {
            "k8s.namespace.name": "namespace",
            "k8s.pod.name": "pod",
            "k8s.pod.uid": "uid",
            "k8s.container.name": "container",
        }
        for attribute, field in resources.items():
            yield _moved(f'attributes["log.found"].{field}', attribute, 'attributes["log.found"] != nil')
        return
    yield {**found, "regex": LINK}
    for field in ("name", "project", "service"):
        condition = f'(attributes["log.found"]?.{field} ?? "") != ""'
        attribute = "container.name" if field == "name" else f"compose.{field}"
        yield _moved(f'attributes["log.found"].{field}', attribute, condition)
    # The log option `tag` is what somebody chose, so it goes before the name.
    yield _moved("body.attrs.tag", "container.name", f'{_PARSED} and (body.attrs?.tag ?? "") != ""')
    # Without either, the id that the file is called after.
    yield {
        "type": "regex_parser",
        "parse_from": 'attributes["log.file.name"]',
        "parse_to": 'attributes["log.found"]',
        "regex": r"^(?P<id>[0-9a-f]{12})",
        "on_error": "send_quiet",
    }
    yield _moved('attributes["log.found"].id', "container.id", 'attributes["log.found"]?.id != nil')
    yield {
        "type": "copy",
        "from": 'resource["container.id"]',
        "to": 'resource["container.name"]',
        "if": 'resource["container.name"] == nil and resource["container.id"] != nil',
    }


def _cleaned() -> Iterator[dict[str, Any]]:
    """The application's line alone."""
    yield {"type": "move", "from": "body.log", "to": "body", "if": _PARSED}
    yield {"type": "regex_replace", "field": "body", "regex": r"[\r\n]+\z", "replace_with": "", "if": _LINE}


def _joined() -> Iterator[dict[str, Any]]:
    # An expression of so many words takes longer than all others together, so what has none of them is not asked.
    postgres = f"body contains {json.dumps(POSTGRES_FIELD)} and body matches {json.dumps(POSTGRES_GOES_ON)}"
    first = f"not (body matches {json.dumps(GOES_ON)} or {postgres}) or body matches {json.dumps(BEGINS)}"
    yield _recombine("body", "\n", {"is_first_entry": first}, _LINE)
    for name in ("log.found", _SOURCE, "log.file.name", "log.file.path"):
        field = f'attributes["{name}"]'
        yield {"type": "remove", "field": field, "if": f"{field} != nil"}


def _recombine(field: str, separator: str, ends: dict[str, str], condition: str) -> dict[str, Any]:
    return {
        "type": "recombine",
        "combine_field": field,
        "combine_with": separator,
        **ends,
        "source_identifier": f'attributes["{_SOURCE}"]',
        "force_flush_period": _WAIT,
        # By size alone.
        "max_batch_size": 0,
        "max_unmatched_batch_size": 0,
        "max_log_size": LONGEST_BYTES,
        "max_sources": 10_000,
        "if": condition,
    }


def _moved(source: str, attribute: str, condition: str) -> dict[str, Any]:
    return {"type": "move", "from": source, "to": f'resource["{attribute}"]', "if": condition}

"""What a probe is told in words of its own: whom to ask, with which headers, and which statuses are right."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from settings.access import header_name
from settings.errors import shown
from settings.section import EachOnce, mistake
from settings.syntax import host_of, is_host, is_ipv6
from settings.types import ADVICE, PATTERN_SENTENCES, TARGET_PATTERN, Name

# The exporter sets them by what it sends, and how.
_OWN_HEADERS = frozenset({"connection", "content-length", "proxy-authorization", "transfer-encoding"})
_CLASS = re.compile(r"[2-5]xx")
# Those below are no answer yet: the exporter waits on. 101 is one, to a request to change the protocol.
_LOWEST, _HIGHEST = 200, 599
_SWITCHING = 101
_STATUS = {
    "anyOf": [
        {"type": "integer", "minimum": _LOWEST, "maximum": _HIGHEST},
        {"type": "integer", "const": _SWITCHING},
        {"type": "string", "enum": ["2xx", "3xx", "4xx", "5xx"]},
    ]
}


def _each_once(headers: Mapping[str, str]) -> Mapping[str, str]:
    lower = [name.lower() for name in headers]
    if twice := [name for name in headers if lower.count(name.lower()) > 1]:
        raise mistake(" and ".join(twice), "each header once, in capitals or not")
    return headers


def _codes(value: object) -> tuple[int, ...]:
    items = value if isinstance(value, list | tuple) else [value]
    if not items:
        raise mistake("an empty list", "at least one status")
    return tuple(sorted({code for item in items for code in _of(item)}))


def _of(item: object) -> Iterable[int]:
    if isinstance(item, str) and _CLASS.fullmatch(item):
        first = int(item[0]) * 100
        return range(first, first + 100)
    if isinstance(item, int) and not isinstance(item, bool) and (_LOWEST <= item <= _HIGHEST or item == _SWITCHING):
        return (item,)
    raise mistake(shown(item), f"a status from {_LOWEST} to {_HIGHEST}, a class such as 2xx, or a list of them")


ProbeHeaderName = Annotated[str, header_name(_OWN_HEADERS, "the blackbox exporter")]
EachHeaderOnce = AfterValidator(_each_once)
Probers = Annotated[tuple[Name, ...], Field(min_length=1), EachOnce]
"""Names of who asks, each once, at least one."""
ProbeStatuses = Annotated[
    tuple[int, ...],
    BeforeValidator(_codes),
    WithJsonSchema({"anyOf": [*_STATUS["anyOf"], {"type": "array", "items": _STATUS, "minItems": 1}]}),
]
"""Statuses that are right, each once, in order: said as a number, as a class such as 2xx, or as a list of them."""


def host_alone(target: str) -> None:
    """Refuse what is no host, or has a port.

    Raises:
        PydanticCustomError: a mistake of the field `target`.
    """
    if re.fullmatch(TARGET_PATTERN, target):
        raise mistake(shown(target), "a host alone", f"A ping has no port: write {host_of(target)}.", field="target")
    if not (is_host(target) or is_ipv6(target)):
        raise mistake(shown(target), "the name of a host, or an address such as 10.0.0.5 or ::1", field="target")


def host_and_port(target: str) -> None:
    """Refuse what is no address with a port.

    Raises:
        PydanticCustomError: a mistake of the field `target`.
    """
    if not re.fullmatch(TARGET_PATTERN, target):
        advice = ADVICE[TARGET_PATTERN](target)
        raise mistake(shown(target), PATTERN_SENTENCES[TARGET_PATTERN], advice, field="target")
    host = host_of(target)
    if not (is_ipv6(host) if target.startswith("[") else is_host(host)):
        allowed = "host:port with the name of a host, or an address such as 10.0.0.5 or [::1]"
        raise mistake(shown(target), allowed, field="target")

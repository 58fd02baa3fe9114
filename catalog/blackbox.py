"""Modules of the blackbox exporter: what it asks, how, and which answers are right."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

Module = Mapping[str, Any]
USUAL_TIMEOUT = "5s"
"""How long a probe may take where nobody says it."""


def module(prober: str, timeout: str, options: Mapping[str, Any]) -> Module:
    """A module that gives up after `timeout`, a duration."""
    return {"prober": prober, "timeout": timeout, prober: dict(options)}


def ip_options(version: int | None) -> dict[str, Any]:
    """IPv4 where there is a choice; one version alone where it is asked for."""
    alone = {"ip_protocol_fallback": False} if version else {}
    return {"preferred_ip_protocol": f"ip{version or 4}", **alone}


SHARED_MODULES: Mapping[str, Module] = MappingProxyType(
    {
        "http": module("http", USUAL_TIMEOUT, ip_options(None)),
        "tcp": module("tcp", USUAL_TIMEOUT, ip_options(None)),
        "tls": module("tcp", USUAL_TIMEOUT, {**ip_options(None), "tls": True}),
    }
)
"""Modules that are always there, by name."""

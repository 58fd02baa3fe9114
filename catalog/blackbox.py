"""Modules of the blackbox exporter: what it asks, how, and which answers are right."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from settings.access import Login, Tls
from settings.secrets import secret_path

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


def login_options(basic_auth: Login | None, bearer_token: str | None) -> dict[str, Any]:
    """What an HTTP probe presents; what is secret is read from its file at every probe."""
    if basic_auth:
        return {"basic_auth": {"username": basic_auth.username, "password_file": secret_path(basic_auth.password)}}
    return {"authorization": {"credentials_file": secret_path(bearer_token)}} if bearer_token else {}


def tls_options(tls: Tls | None) -> dict[str, Any]:
    """Whom a probe trusts and who asks, where there is something to say."""
    if tls is None:
        return {}
    files = {"ca_file": tls.ca, "cert_file": tls.certificate, "key_file": tls.key}
    options: dict[str, Any] = {key: secret_path(secret) for key, secret in files.items() if secret}
    if tls.server_name:
        options["server_name"] = tls.server_name
    if tls.insecure:
        options["insecure_skip_verify"] = True
    return {"tls_config": options} if options else {}


SHARED_MODULES: Mapping[str, Module] = MappingProxyType(
    {
        "http": module("http", USUAL_TIMEOUT, ip_options(None)),
        "tcp": module("tcp", USUAL_TIMEOUT, ip_options(None)),
        "tls": module("tcp", USUAL_TIMEOUT, {**ip_options(None), "tls": True}),
    }
)
"""Modules that are always there, by name."""

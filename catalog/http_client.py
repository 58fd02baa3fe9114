"""How Prometheus and its blackbox exporter ask by HTTP: both read the same options of a client."""

from __future__ import annotations

from typing import Any

from settings.access import Login, Tls
from settings.secrets import secret_path


def login_options(basic_auth: Login | None, bearer_token: str | None) -> dict[str, Any]:
    """What is presented; what is secret is read from its file at every request."""
    if basic_auth:
        return {"basic_auth": {"username": basic_auth.username, "password_file": secret_path(basic_auth.password)}}
    return {"authorization": {"credentials_file": secret_path(bearer_token)}} if bearer_token else {}


def tls_options(tls: Tls | None) -> dict[str, Any]:
    """Whom it trusts and who asks, where there is something to say."""
    if tls is None:
        return {}
    files = {"ca_file": tls.ca, "cert_file": tls.certificate, "key_file": tls.key}
    options: dict[str, Any] = {key: secret_path(secret) for key, secret in files.items() if secret}
    if tls.server_name:
        options["server_name"] = tls.server_name
    if tls.insecure:
        options["insecure_skip_verify"] = True
    return {"tls_config": options} if options else {}

"""Any HTTP endpoint that understands Alertmanager's own notifications (webhook, version 4)."""

from __future__ import annotations

from typing import Any

from pydantic import Field, model_validator

from alerting.receivers.receiver import Block, Contact, ReceiverKind
from settings.receiver import ReceiverSettings
from settings.secrets import SecretRef, secret_path
from settings.section import mistake
from settings.types import AskedUrl, SecretName


class WebhookSettings(ReceiverSettings):
    """An HTTP endpoint."""

    url: AskedUrl | None = Field(default=None, description="Its URL, where that is no secret.")
    url_secret: SecretName | None = Field(default=None, description="The name of the secret with its URL instead.")
    bearer_token: SecretName | None = Field(default=None, description="The name of the secret with a token to send.")
    username: str | None = Field(default=None, min_length=1, description="User to log in as.")
    password: SecretName | None = Field(default=None, description="The name of the secret with the user's password.")

    @model_validator(mode="after")
    def _one_of_each(self) -> WebhookSettings:
        if (self.url is None) == (self.url_secret is None):
            raise mistake("url and url_secret" if self.url else "nothing", "exactly one of url, url_secret")
        if (self.username is None) != (self.password is None):
            missing = "username" if self.password else "password"
            raise mistake("nothing", "username and password, or neither", "Add it.", field=missing)
        if self.bearer_token and self.username:
            raise mistake("bearer_token and username", "one way to log in", "Remove the other.")
        return self

    def secrets(self) -> dict[str, str]:
        """Its URL, and what it logs in with."""
        return {field: name for field in ("url_secret", "bearer_token", "password") if (name := getattr(self, field))}


def _alertmanager(settings: WebhookSettings) -> Block:
    config: dict[str, Any] = {"send_resolved": True}
    if settings.url_secret:
        config["url_file"] = secret_path(settings.url_secret)
    else:
        config["url"] = settings.url
    if settings.bearer_token:
        config["http_config"] = {"authorization": {"credentials_file": secret_path(settings.bearer_token)}}
    elif settings.password:
        login = {"username": settings.username, "password_file": secret_path(settings.password)}
        config["http_config"] = {"basic_auth": login}
    return {"webhook_configs": [config]}


def _grafana(settings: WebhookSettings) -> Contact:
    values: dict[str, Any] = {"url": SecretRef(settings.url_secret) if settings.url_secret else settings.url}
    if settings.bearer_token:
        values |= {"authorization_scheme": "Bearer", "authorization_credentials": SecretRef(settings.bearer_token)}
    elif settings.password:
        values |= {"basic_auth_user": settings.username, "basic_auth_password": SecretRef(settings.password)}
    return Contact("webhooks", values)


RECEIVER = ReceiverKind("webhook", WebhookSettings, _alertmanager, _grafana)

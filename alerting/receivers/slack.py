"""Slack, by an incoming webhook or by a bot's token."""

from __future__ import annotations

from pydantic import Field, model_validator

from alerting.receivers.receiver import Block, Contact, ReceiverKind, message
from settings.receiver import PlainText, ReceiverSettings
from settings.secrets import SecretRef, secret_path
from settings.section import mistake
from settings.types import SecretName


class SlackSettings(ReceiverSettings):
    """A channel in Slack."""

    webhook: SecretName | None = Field(
        default=None, description="The name of the secret with the incoming webhook's URL."
    )
    token: SecretName | None = Field(default=None, description="The name of the secret with a bot's token instead.")
    channel: PlainText | None = Field(
        default=None, min_length=1, description="Channel; a webhook has one already, a token needs it."
    )

    @model_validator(mode="after")
    def _one_way_in(self) -> SlackSettings:
        if (self.webhook is None) == (self.token is None):
            raise mistake("webhook and token" if self.token else "nothing", "exactly one of token, webhook")
        if self.token and not self.channel:
            raise mistake("nothing", "the name of a channel", "A token has none of its own.", field="channel")
        return self

    def secrets(self) -> dict[str, str]:
        """The webhook's URL or the token."""
        return {field: name for field in ("webhook", "token") if (name := getattr(self, field))}


def _alertmanager(settings: SlackSettings) -> Block:
    way_in = {
        option: secret_path(secret)
        for option, secret in (("api_url_file", settings.webhook), ("app_token_file", settings.token))
        if secret
    }
    channel = {"channel": settings.channel} if settings.channel else {}
    said = {
        "title": message("slack.title"),
        "title_link": message("dashboard"),
        "text": message("slack"),
        "fallback": message("slack.short"),
        "color": message("colour"),
    }
    return {"slack_configs": [{**way_in, **channel, "send_resolved": True, **said}]}


def _grafana(settings: SlackSettings) -> Contact:
    way_in = {
        option: SecretRef(secret) for option, secret in (("url", settings.webhook), ("token", settings.token)) if secret
    }
    channel = {"recipient": settings.channel} if settings.channel else {}
    said = {"title": message("slack.title"), "text": message("slack"), "color": message("colour")}
    return Contact("slacks", {**way_in, **channel, **said})


RECEIVER = ReceiverKind("slack", SlackSettings, _alertmanager, _grafana)

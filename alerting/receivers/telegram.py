"""Telegram, by a bot."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field

from alerting.receivers.receiver import Block, Contact, ReceiverKind, message
from settings.errors import shown
from settings.receiver import ReceiverSettings
from settings.secrets import SecretRef, secret_path
from settings.section import mistake
from settings.types import BaseUrl, SecretName


def _of_a_chat(number: int) -> int:
    """Telegram numbers chats with 52 bits, from 1 on."""
    if not 0 < abs(number) < 2**52:
        raise mistake(str(number), "the number of a chat, which is not 0 and below 2^52, negative for groups")
    return number


class TelegramSettings(ReceiverSettings):
    """A chat in Telegram."""

    bot_token: SecretName = Field(description="The name of the secret with the bot's token.")
    chat: Annotated[int, AfterValidator(_of_a_chat)] = Field(description="Number of the chat; negative for groups.")
    thread: int | None = Field(default=None, ge=1, description="Number of the topic in a group that has topics.")
    url: BaseUrl | None = Field(default=None, description="The Bot API; default: Telegram's own.")

    def secrets(self) -> dict[str, str]:
        """The bot's token."""
        return {"bot_token": self.bot_token}


def _alertmanager(settings: TelegramSettings) -> Block:
    config: dict[str, Any] = {
        "bot_token_file": secret_path(settings.bot_token),
        "chat_id": settings.chat,
        "send_resolved": True,
        "parse_mode": "HTML",
        "message": message("telegram"),
    }
    if settings.thread:
        config["message_thread_id"] = settings.thread
    return {"telegram_configs": [{**config, "api_url": settings.url} if settings.url else config]}


def _grafana(settings: TelegramSettings) -> Contact:
    if settings.url:
        raise mistake(
            shown(settings.url), "nothing with grafana.alerting: managed", "Grafana asks Telegram's own.", field="url"
        )
    # Without markup: Grafana escapes nothing of what stands in HTML.
    values = {
        "token": SecretRef(settings.bot_token),
        "chat_id": str(settings.chat),
        "parse_mode": "None",
        "message": f"{message('title')}\n{message('text')}",
    }
    return Contact("telegrams", {**values, "message_thread_id": str(settings.thread)} if settings.thread else values)


RECEIVER = ReceiverKind("telegram", TelegramSettings, _alertmanager, _grafana)

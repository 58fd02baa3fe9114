"""What each service asks of a message, by its public documentation: fields, sizes, credentials, and how it says no."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.standins.http import Answer, Message, Service
from tests.standins.reading import telegram_words

KIBI = 1024


def slack(path: str) -> Service:
    """An incoming webhook: plain words for every answer."""

    def answer(message: Message) -> Answer:
        if message.path != path:
            return Answer(404, "no_service")
        body = message.body
        if not isinstance(body, dict):
            return Answer(400, "invalid_payload")
        attachments = body.get("attachments", [])
        if not body.get("text") and not any(each.get("text") or each.get("fallback") for each in attachments):
            return Answer(400, "no_text")
        if len(attachments) > 100:
            return Answer(400, "too_many_attachments")
        texts = [body.get("text") or "", *(each.get("text") or "" for each in attachments)]
        if any(len(text) > 40_000 for text in texts):
            return Answer(400, "msg_too_long")
        return Answer(200, "ok")

    return answer


def pagerduty(key: str) -> Service:
    """The Events API, version 2."""

    def answer(message: Message) -> Answer:
        if message.path != "/v2/enqueue":
            return Answer(404, "Not Found")
        errors = list(_pagerduty_errors(message, key))
        if errors:
            return Answer(400, {"status": "invalid event", "message": "Event object is invalid", "errors": errors})
        done = {"status": "success", "message": "Event processed", "dedup_key": message.body["dedup_key"]}
        return Answer(202, done)

    return answer


def _pagerduty_errors(message: Message, key: str) -> Iterator[str]:
    event = message.body
    if not isinstance(event, dict) or message.size > 512 * 1000:
        yield "the event is no JSON object of at most 512 KB"
        return
    if event.get("routing_key") != key or len(key) != 32:
        yield "'routing_key' is invalid"
    if event.get("event_action") not in ("trigger", "acknowledge", "resolve"):
        yield "'event_action' is invalid"
    if not 0 < len(event.get("dedup_key", "")) <= 255:
        yield "'dedup_key' is missing or too long"
    payload = event.get("payload") or {}
    for name in ("summary", "source", "severity"):
        if event.get("event_action") == "trigger" and not payload.get(name):
            yield f"'payload.{name}' is missing or blank"
    if len(payload.get("summary", "")) > 1024:
        yield "'payload.summary' is too long"
    if payload.get("severity") not in ("critical", "error", "warning", "info"):
        yield "'payload.severity' is invalid"
    for link in event.get("links", []):
        if not link.get("href", "").startswith(("http://", "https://")):
            yield "'links' has an entry whose href is no URL"


def opsgenie(key: str) -> Service:
    """The Alert API."""
    limits = {"message": 130, "alias": 512, "description": 15_000, "entity": 512, "source": 100}

    def answer(message: Message) -> Answer:
        if message.headers.get("authorization") != f"GenieKey {key}":
            return Answer(401, {"message": "Could not authenticate", "took": 0.0, "requestId": "1"})
        accepted = Answer(202, {"result": "Request will be processed", "took": 0.1, "requestId": "1"})
        if re.fullmatch(r"/v2/alerts/[^/?]+/close\?identifierType=alias", message.path):
            return accepted
        if message.path != "/v2/alerts":
            return Answer(404, {"message": "No such path", "took": 0.0, "requestId": "1"})
        alert = message.body if isinstance(message.body, dict) else {}
        errors = {name: "is too long" for name, limit in limits.items() if len(alert.get(name, "")) > limit}
        if not alert.get("message"):
            errors["message"] = "must not be empty"
        if alert.get("priority", "P3") not in ("P1", "P2", "P3", "P4", "P5"):
            errors["priority"] = "should be one of [P1, P2, P3, P4, P5]"
        if len(alert.get("tags", [])) > 20 or any(len(tag) > 50 for tag in alert.get("tags", [])):
            errors["tags"] = "has too many or too long tags"
        if sum(len(key) + len(value) for key, value in alert.get("details", {}).items()) > 8000:
            errors["details"] = "is too long"
        refused = {"message": "Request body is not processable", "errors": errors, "took": 0.0, "requestId": "1"}
        return Answer(422, refused) if errors else accepted

    return answer


def msteams(path: str) -> Service:
    """A workflow that posts Adaptive Cards."""

    def answer(message: Message) -> Answer:
        if message.path != path:
            return Answer(401, {"error": {"code": "DirectApiAuthorizationRequired", "message": "No such workflow."}})
        if message.size > 28 * KIBI:
            return Answer(413, {"error": {"code": "RequestEntityTooLarge", "message": "At most 28 KB."}})
        card = _card(message.body)
        blocks = card.get("body", [])
        is_card = card.get("type") == "AdaptiveCard" and card.get("version") and blocks
        if not is_card or any(block.get("type") != "TextBlock" or not block.get("text") for block in blocks):
            return Answer(400, {"error": {"code": "TriggerInputSchemaMismatch", "message": "No card with text."}})
        return Answer(202)

    return answer


def _card(body: Any) -> Mapping[str, Any]:
    if not isinstance(body, dict) or body.get("type") != "message" or len(body.get("attachments", [])) != 1:
        return {}
    (attachment,) = body["attachments"]
    is_card = attachment.get("contentType") == "application/vnd.microsoft.card.adaptive"
    return attachment["content"] if is_card else {}


def discord(path: str) -> Service:
    """A channel's webhook."""

    def answer(message: Message) -> Answer:
        if message.path != path:
            return Answer(404, {"message": "Unknown Webhook", "code": 10015})
        body = message.body if isinstance(message.body, dict) else {}
        embeds = body.get("embeds", [])
        if not body.get("content") and not embeds:
            return Answer(400, {"message": "Cannot send an empty message", "code": 50006})
        sizes = [(body.get("content", ""), 2000)]
        for embed in embeds:
            sizes += [(embed.get("title", ""), 256), (embed.get("description", ""), 4096)]
        total = sum(len(text) for text, _ in sizes[1:])
        if len(embeds) > 10 or total > 6000 or any(len(text) > limit for text, limit in sizes):
            return Answer(400, {"message": "Invalid Form Body", "code": 50035, "errors": {}})
        return Answer(204)

    return answer


def telegram(token: str, chat: int) -> Service:
    """The Bot API's `sendMessage`."""

    def no(code: int, description: str) -> Answer:
        return Answer(code, {"ok": False, "error_code": code, "description": description})

    def answer(message: Message) -> Answer:
        bot, _, method = message.path.removeprefix("/bot").partition("/")
        if bot != token:
            return no(401, "Unauthorized")
        if method != "sendMessage":
            return no(404, "Not Found")
        if str(message.body.get("chat_id")) != str(chat):
            return no(400, "Bad Request: chat not found")
        text = message.body.get("text", "")
        if message.body.get("parse_mode") == "HTML":
            try:
                text = telegram_words(text)
            except ValueError as error:
                return no(400, f"Bad Request: can't parse entities: {error}")
        if not text.strip():
            return no(400, "Bad Request: message text is empty")
        if len(text.encode("utf-16-le")) // 2 > 4096:
            return no(400, "Bad Request: message is too long")
        result = {"message_id": 1, "date": 1, "chat": {"id": chat, "type": "group"}, "text": text}
        return Answer(200, {"ok": True, "result": result})

    return answer


def webhook(path: str, token: str) -> Service:
    """An endpoint that takes Alertmanager's own notifications and asks for a bearer token."""
    fields = {"version", "groupKey", "status", "receiver", "groupLabels", "commonLabels", "externalURL", "alerts"}

    def answer(message: Message) -> Answer:
        if message.path != path or message.headers.get("authorization") != f"Bearer {token}":
            return Answer(401, "who are you?")
        body = message.body
        if not isinstance(body, dict) or not fields <= body.keys() or body["version"] != "4" or not body["alerts"]:
            return Answer(400, "no notification")
        return Answer(200)

    return answer

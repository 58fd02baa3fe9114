"""Receivers that are not there, that nothing names, and alerts that would reach nobody."""

from __future__ import annotations

import pytest

from tests.plans import mistakes_in
from tests.unit.settings.checks.alerted import SECRETS, mistakes


def test_a_file_in_which_everything_fits_has_no_mistake() -> None:
    assert mistakes("alerting.digest", "2h") == []


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("teams.shop.page", "teams.shop.page"),
        ("teams.money.notify", "teams.money.notify"),
        ("teams.shop.escalate.to", "teams.shop.escalate.to"),
        ("alerting.default", "alerting.default"),
    ],
)
def test_a_receiver_that_is_not_there_is_named_with_the_nearest(path: str, place: str) -> None:
    found = [line for line in mistakes(path, "mial") if line.startswith(f"{place}: ")]
    assert found == [
        f"{place}: found 'mial', a receiver that is not there. Allowed: chat, mail, pager. Did you mean 'mail'?"
    ]


def test_a_receiver_that_nothing_names_is_a_mistake() -> None:
    assert mistakes("receivers.spare", {"webhook": {"url": "http://hook:1/in"}}) == [
        "receivers.spare: found a receiver that nothing names. Allowed: receivers that teams or alerting.default name. "
        "Name it in page, notify or escalate.to of a team, or in alerting.default, or remove it."
    ]


def test_without_a_default_alerts_without_a_team_would_reach_nobody() -> None:
    assert mistakes("alerting.default", None) == [
        "alerting.default: found nothing. Allowed: chat, mail, pager. Without it nobody is told what has no team: "
        "services without an owner, and the stack's own parts."
    ]


@pytest.mark.parametrize("name", ["history", "heartbeat"])
def test_a_receiver_cannot_be_called_like_one_of_the_stacks_own(name: str) -> None:
    (found, _) = mistakes(f"receivers.{name}", {"webhook": {"url": "http://hook:1/in"}})
    assert found == (
        f"receivers.{name}: found '{name}'. Allowed: a name the stack does not use itself. "
        "The stack has a receiver of this name itself; rename it."
    )


def test_a_stack_without_receivers_is_no_mistake_and_one_that_names_them_all_the_same_is() -> None:
    service = {"name": "api", "kind": "fastapi", "target": "api:8000"}
    assert mistakes_in(service, alerting={"default": "mail"}) == [
        "alerting.default: found 'mail', a receiver that is not there. Allowed: none here. Add it under receivers."
    ]


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        (
            "receivers.chat",
            {"slakc": {"webhook": "chatUrl"}},
            "receivers.chat.slakc: found unknown key 'slakc'. Allowed: discord, email, msteams, opsgenie, pagerduty, "
            "raw, slack, telegram, webhook. Did you mean 'slack'?",
        ),
        (
            "receivers.chat",
            {"slack": {"webhook": "chatUrl"}, "discord": {"webhook": "chatUrl"}},
            "receivers.chat: found discord and slack. Allowed: exactly one of discord, email, msteams, opsgenie, "
            "pagerduty, raw, slack, telegram, webhook.",
        ),
        (
            "receivers.chat",
            {"slack": {}},
            "receivers.chat.slack: found nothing. Allowed: exactly one of token, webhook.",
        ),
        (
            "receivers.chat",
            {"slack": {"token": "chatUrl"}},
            "receivers.chat.slack.channel: found nothing. Allowed: the name of a channel. A token has none of its own.",
        ),
        (
            "receivers.mail.email.username",
            "ops",
            "receivers.mail.email.password: found nothing. Allowed: username and password, or neither. Add it.",
        ),
        (
            "receivers.mail.email.to",
            ["ops"],
            "receivers.mail.email.to[0]: found 'ops'. Allowed: an e-mail address alone",
        ),
        (
            "receivers.mail",
            {"webhook": {"url": "http://a/b", "bearer_token": "chatUrl", "username": "u", "password": "pagerKey"}},
            "receivers.mail.webhook: found bearer_token and username. Allowed: one way to log in. Remove the other.",
        ),
        (
            "receivers.mail",
            {"raw": {"config": {"pushover_config": [{}]}}},
            "receivers.mail.raw.config: found unknown integration 'pushover_config'. Allowed: discord_configs, ",
        ),
        (
            "receivers.mail",
            {"raw": {"config": {"pushover_configs": [{"token": "abc", "user_key_file": "/run/secrets/chatUrl"}]}}},
            "receivers.mail.raw.config.pushover_configs[0].token: found a plain value, readable by everyone. "
            "Allowed: token_file: /run/secrets/<name of a secret>. ",
        ),
        (
            "receivers.mail",
            {"raw": {"config": {"pushover_configs": [{"token_file": "/run/secrets/chatUrl"}]}}},
            "receivers.mail.raw.config: found /run/secrets/chatUrl. Allowed: files of the secrets it lists. ",
        ),
        (
            "receivers.mail",
            {"raw": {"config": {"webhook_configs": [{"url": "http://a/b"}]}, "secrets": ["chatUrl"]}},
            "receivers.mail.raw.secrets: found 'chatUrl'. Allowed: names of secrets that config reads. ",
        ),
        (
            "alerting.heartbeat",
            {"webhook": "heartbeatUrl", "url": "http://a/b"},
            "alerting.heartbeat: found webhook and url. Allowed: exactly one of url, webhook.",
        ),
    ],
)
def test_a_receiver_that_would_not_work_is_a_mistake(path: str, value: object, sentence: str) -> None:
    assert [line for line in mistakes(path, value) if line.startswith(sentence)], mistakes(path, value)


def test_secrets_of_receivers_are_set_and_not_plain() -> None:
    unset = mistakes("alerting.digest", "2h", SECRETS - {"pagerKey"})
    assert unset == [
        "receivers.pager.pagerduty.routing_key: found 'pagerKey', a secret that is not set. "
        "Allowed: chatUrl, heartbeatUrl. Set it: make secrets STACK=dev ARGS=pagerKey, "
        "or pulumi config set --secret pagerKey"
    ]
    assert mistakes("alerting.digest", "2h", SECRETS - {"heartbeatUrl"})[0].startswith(
        "alerting.heartbeat.webhook: found 'heartbeatUrl', a secret that is not set."
    )
    assert mistakes("chatUrl", "https://hooks.example.com/secret", SECRETS - {"chatUrl"}) == [
        "chatUrl: found a plain value, readable by everyone. Allowed: a secret. "
        "Set it again: pulumi config set --secret chatUrl"
    ]
    assert mistakes("alerting.digest", "2h", SECRETS | {"spare"}) == [
        "spare: found a secret that nothing names. Allowed: secrets that a service or a receiver names. "
        "Remove it: pulumi config rm spare"
    ]


@pytest.mark.parametrize("number", [0, 2**52])
def test_alertmanager_takes_the_number_0_of_a_telegram_chat_for_none(number: int) -> None:
    assert mistakes("receivers.chat", {"telegram": {"bot_token": "chatUrl", "chat": number}}) == [
        f"receivers.chat.telegram.chat: found {number}. "
        "Allowed: the number of a chat, which is not 0 and below 2^52, negative for groups."
    ]

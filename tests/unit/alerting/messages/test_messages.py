"""The template files of messages: complete, in the stack's time zone, and all that receivers name is there."""

from __future__ import annotations

import re
from typing import Any

from alerting.messages import message_templates
from alerting.receivers import receiver_kinds
from tests.plans import document_of, workload_of

# Options of each kind, as far as a receiver cannot do without.
SAID: dict[str, dict[str, Any]] = {
    "discord": {"webhook": "url"},
    "email": {"to": ("a@example.com",), "smarthost": "mail:587"},
    "msteams": {"webhook": "url"},
    "opsgenie": {"api_key": "key"},
    "pagerduty": {"routing_key": "key"},
    "raw": {"config": {"pushover_configs": [{}]}},
    "slack": {"webhook": "url"},
    "telegram": {"bot_token": "token", "chat": 1},
    "webhook": {"url_secret": "url"},
}
NAMED = re.compile(r'template "([\w.]+)"')


def defined() -> set[str]:
    return {name for text in message_templates("UTC", {}).values() for name in re.findall(r'define "([\w.]+)"', text)}


def test_every_text_that_a_receiver_or_another_text_names_is_there() -> None:
    kinds = receiver_kinds()
    assert set(SAID) == set(kinds)
    blocks = [kind.alertmanager(kind.settings.model_validate(SAID[name])) for name, kind in kinds.items()]
    by_receivers = {name for block in blocks for name in NAMED.findall(str(block))}
    by_texts = {name for text in message_templates("UTC", {}).values() for name in NAMED.findall(text)}
    assert "monitoring.slack" in by_receivers
    assert by_receivers | by_texts == defined()


def test_every_receiver_with_a_text_of_its_own_says_ours() -> None:
    """A kind that leaves a text out would say Alertmanager's default: every label of every alert."""
    kinds = receiver_kinds()
    for name in set(SAID) - {"raw", "webhook"}:
        said = str(kinds[name].alertmanager(kinds[name].settings.model_validate(SAID[name])))
        assert NAMED.search(said), name


def test_times_are_in_the_zone_of_the_stack() -> None:
    files = message_templates("Europe/Berlin", {})
    assert '{{ . | tz "Europe/Berlin" | date ' in files["time.tmpl"]
    alertmanager = workload_of("alertmanager", alerting={"default": "notify", "timezone": "Asia/Tokyo"})
    assert document_of(alertmanager, "alertmanager.yml")["templates"] == ["/etc/alertmanager/messages/*.tmpl"]
    assert alertmanager.config
    assert 'tz "Asia/Tokyo"' in alertmanager.config.files["messages/time.tmpl"]
    assert {f"messages/{name}" for name in files} < set(alertmanager.config.files)


def test_a_page_names_five_that_need_what_is_down_and_counts_the_rest() -> None:
    needing = message_templates("UTC", {"db": [f"api-{number}" for number in range(7)], "cache": ["web"]})[
        "needing.tmpl"
    ]
    assert '"db" "api-0, api-1, api-2, api-3, api-4 and 2 more" "cache" "web"' in needing

"""A kind of receiver is one file, found by being there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import alerting.receivers
from alerting.receivers import receiver_kinds
from tests.plans import configuration, mistakes_in, mistakes_of, settings_of

_PIGEON = """
from alerting.receivers.receiver import Contact, ReceiverKind
from settings.receiver import ReceiverSettings


class PigeonSettings(ReceiverSettings):
    loft: str


RECEIVER = ReceiverKind(
    "pigeon",
    PigeonSettings,
    lambda settings: {"pigeon_configs": [{"loft": settings.loft}]},
    lambda settings: Contact("pigeons", {"loft": settings.loft}),
)
"""
API = {"name": "api", "kind": "fastapi", "target": "api:8000"}


@pytest.fixture
def pigeon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "pigeon.py").write_text(_PIGEON, encoding="utf-8")
    with monkeypatch.context() as folders:
        folders.setattr(alerting.receivers, "__path__", [*alerting.receivers.__path__, str(tmp_path)])
        receiver_kinds.cache_clear()
        yield
    receiver_kinds.cache_clear()


@pytest.mark.usefixtures("pigeon")
def test_a_file_more_is_a_kind_more_with_settings_of_its_own() -> None:
    said = {"receivers": {"roof": {"pigeon": {"loft": "north"}}}, "alerting": {"default": "roof"}}
    settings = settings_of(configuration(API, **said))
    receiver = settings.receivers["roof"]
    assert (receiver.kind, receiver.secrets()) == ("pigeon", {})
    assert receiver_kinds()["pigeon"].alertmanager(receiver.settings) == {"pigeon_configs": [{"loft": "north"}]}
    said["receivers"] = {"roof": {"pigeon": {"attic": "north"}}}
    assert "receivers.roof.pigeon.attic: found unknown key 'attic'. Allowed: loft." in mistakes_of(
        configuration(API, **said)
    )


@pytest.mark.parametrize(
    ("receiver", "place"),
    [
        ({"slack": {"webhook": "aUrl", "channel": "#{{ .CommonLabels.owner }}"}}, "slack.channel"),
        ({"opsgenie": {"api_key": "aUrl", "responders": ["{{ x }}"]}}, "opsgenie.responders[0]"),
        ({"email": {"to": ["a{{@example.com"], "smarthost": "mail:587"}}, "email.to[0]"),
    ],
)
def test_what_alertmanager_would_expand_is_refused(receiver: dict[str, Any], place: str) -> None:
    raw = replace(
        configuration(API, receivers={"chat": receiver}, alerting={"default": "chat"}), secrets_set=frozenset({"aUrl"})
    )
    (found,) = mistakes_of(raw)
    assert found.startswith(f"receivers.chat.{place}: found ")
    assert "Allowed: text without {{. Alertmanager would expand it" in found


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({"webex_configs": [{"room": "x"}]}, "config.webex_configs[0]: found unknown option 'room'. Allowed: api_url"),
        (
            {"webhook_configs": [{"url": "https://x", "http_config": {"tls_config": {"ca_fle": "x"}}}]},
            "config.webhook_configs[0].http_config.tls_config: found unknown option 'ca_fle'. Allowed: ca, ca_file",
        ),
        (
            {"slack_configs": [{"api_url_file": "x"}, {"fields": [{"title": "a", "valeu": "b"}]}]},
            "config.slack_configs[1].fields[0]: found unknown option 'valeu'. Allowed: short, title, value. "
            "Did you mean 'value'?",
        ),
    ],
)
def test_an_option_that_alertmanager_does_not_have_is_a_mistake_at_its_place(
    config: dict[str, Any], sentence: str
) -> None:
    (found,) = mistakes_in(API, receivers={"other": {"raw": {"config": config}}}, alerting={"default": "other"})
    assert found.startswith(f"receivers.other.raw.{sentence}")

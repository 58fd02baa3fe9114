"""A kind of receiver is one file, found by being there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import alerting.receivers
from alerting.receivers import receiver_kinds
from tests.plans import configuration, mistakes_of, settings_of

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

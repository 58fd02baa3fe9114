"""The demo's receiver of alerts: it keeps what it is sent, and no more than it has room for."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import httpx
import pytest
from memory_service.recorder import KEPT_MAX, Recorder, create_app, main


def ask(recorder: Recorder, method: str, path: str, **options: Any) -> httpx.Response:
    async def one() -> httpx.Response:
        transport = httpx.ASGITransport(create_app(recorder))
        async with httpx.AsyncClient(transport=transport, base_url="http://recorder") as http:
            return await http.request(method, path, **options)

    return asyncio.run(one())


def test_deliveries_are_kept_whole_with_the_time_of_their_arrival_the_oldest_first() -> None:
    clock = itertools.count(1000.5)
    recorder = Recorder(clock=lambda: next(clock))
    for status in ("firing", "resolved"):
        sent = {"receiver": "page", "status": status, "alerts": [{"labels": {"alertname": "ServiceDown"}}]}
        assert ask(recorder, "POST", "/deliveries", json=sent).status_code == 204
    kept = ask(recorder, "GET", "/deliveries").json()
    assert [(each["arrived"], each["payload"]["status"]) for each in kept] == [(1000.5, "firing"), (1001.5, "resolved")]
    assert ask(recorder, "GET", "/deliveries?after=1000.5").json() == kept[1:]
    assert kept[0]["payload"]["alerts"] == [{"labels": {"alertname": "ServiceDown"}}]


def test_the_oldest_are_forgotten() -> None:
    recorder = Recorder()
    for number in range(KEPT_MAX + 1):
        recorder.keep({"number": number})
    kept = ask(recorder, "GET", "/deliveries").json()
    assert len(kept) == KEPT_MAX
    assert kept[0]["payload"] == {"number": 1}


def test_what_is_no_json_object_is_refused() -> None:
    recorder = Recorder()
    assert ask(recorder, "POST", "/deliveries", content="fire!").status_code == 422
    assert ask(recorder, "POST", "/deliveries", json=["fire"]).status_code == 422
    assert not recorder.kept


def test_it_says_that_it_lives() -> None:
    assert ask(Recorder(), "GET", "/health/liveness").status_code == 200


def test_a_wrong_environment_is_told_and_nothing_is_served(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PORT", "many")
    assert main() == 2
    assert "PORT: 'many' is not a whole number from 1 to 65535" in capsys.readouterr().err

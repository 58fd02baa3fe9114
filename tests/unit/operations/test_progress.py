"""What is told of the engine's events: changes, warnings and errors, and what a long step waits for."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi.automation.events import EngineEvent

from operations.progress import EngineProgress


def event(**kinds: Any) -> EngineEvent:
    return EngineEvent.from_json({"sequence": 0, "timestamp": 0, **kinds})


def step(op: str, type_: str = "kubernetes:core/v1:Service", *, custom: bool = True) -> dict[str, Any]:
    state = {
        **{"type": type_, "urn": "", "id": "", "parent": "", "provider": "", "custom": custom},
        **{"inputs": {}, "outputs": {}},
    }
    urn = f"urn:pulumi:prod::monitoring::{type_}::grafana"
    return {"metadata": {"op": op, "urn": urn, "type": type_, "provider": "", "new": state}}


def said(text: str, severity: str, *, ephemeral: bool = False) -> EngineEvent:
    diagnostic = {"message": text, "color": "never", "severity": severity, "ephemeral": ephemeral}
    return event(diagnosticEvent=diagnostic)


@pytest.mark.parametrize(
    ("op", "told"),
    [
        ("create", "created"),
        ("update", "updated"),
        ("delete", "deleted"),
        ("create-replacement", "created anew"),
        ("delete-replaced", "deleted the old"),
    ],
)
def test_a_change_is_told_when_it_is_done(op: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    progress = EngineProgress()
    progress.tell(event(resourcePreEvent=step(op)))
    assert capsys.readouterr().err == ""
    progress.tell(event(resOutputsEvent=step(op)))
    assert capsys.readouterr().err == f"    {told} Service grafana\n"
    assert progress.changes == 1


@pytest.mark.parametrize("op", ["same", "read", "refresh", "replace"])
def test_what_stays_is_not_told(op: str, capsys: pytest.CaptureFixture[str]) -> None:
    progress = EngineProgress()
    progress.tell(event(resOutputsEvent=step(op)))
    assert (progress.changes, capsys.readouterr().err) == (0, "")


def test_groups_and_the_settings_of_plugins_are_no_changes(capsys: pytest.CaptureFixture[str]) -> None:
    progress = EngineProgress()
    progress.tell(event(resOutputsEvent=step("create", "monitoring:components:Grafana", custom=False)))
    progress.tell(event(resOutputsEvent=step("update", "pulumi:providers:pulumi-python")))
    assert (progress.changes, capsys.readouterr().err) == (0, "")


def test_what_others_changed_is_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    progress = EngineProgress(looks_only=True)
    progress.tell(event(resOutputsEvent=step("update")))
    progress.tell(event(resOutputsEvent=step("delete")))
    assert capsys.readouterr().err.splitlines() == [
        "    was changed, not by this program: Service grafana",
        "    is gone, not by this program: Service grafana",
    ]


def test_an_error_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    progress = EngineProgress()
    progress.tell(said("the claim is forbidden\n", "error"))
    progress.tell(said("the claim is forbidden\n", "error"))
    assert capsys.readouterr().err == "    error: the claim is forbidden\n"


def test_where_a_plugin_was_found_is_no_news(capsys: pytest.CaptureFixture[str]) -> None:
    EngineProgress().tell(said("using pulumi-resource-pulumi-python from $PATH at /bin", "warning"))
    assert capsys.readouterr().err == ""


def test_what_a_long_step_waits_for_is_told_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr("runtimes.console.time.monotonic", lambda: now[0])
    progress = EngineProgress()
    progress.tell(said("[1/2] Waiting for pods\nmore", "warning", ephemeral=True))
    assert capsys.readouterr().err == ""
    now[0] += 30
    progress.tell(said("[1/2] Waiting for pods\nmore", "info"))
    progress.tell(said("[2/2] Waiting for pods", "info"))
    progress.tell(said("internals", "debug"))
    assert capsys.readouterr().err == "    [1/2] Waiting for pods (30 s)\n"

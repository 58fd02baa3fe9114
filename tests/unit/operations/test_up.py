"""`make up`: what is told on the way, and what is printed at the end."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from operations.target import load_target
from operations.up import tell_addresses, up
from settings.errors import ConfigurationError
from tests.fakes import FakeEngine
from tests.stacks import stack_file


@pytest.fixture(autouse=True)
def in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is."""
    monkeypatch.setattr("operations.up.time", SimpleNamespace(monotonic=lambda: 1.0))


@pytest.mark.usefixtures("no_engine")
def test_settings_are_counted_before_and_the_time_is_told_after(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = up("tea", file)
    services, workloads = len(target.program.settings.services), len(target.program.workloads)
    told = capsys.readouterr().err.splitlines()
    assert told[:2] == ["==> Checking the settings of stack tea", f"    {services} services, {workloads} workloads"]
    assert told[-1] == "==> Stack tea is up after 0 s"


@pytest.mark.usefixtures("no_engine")
def test_what_is_left_out_is_told_with_the_reason(
    kettle: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = up("tea", stack_file(tmp_path, "tea", runtime=kettle, images={"source": "built"}))
    assert target.program.missing
    told = capsys.readouterr().err
    assert all(f"    left out: {name}. {why}\n" in told for name, why in target.program.missing.items())


@pytest.mark.usefixtures("no_engine")
def test_links_that_a_phone_cannot_follow_are_told_where_somebody_gets_messages(
    kettle: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    routed: dict[str, Any] = {
        "receivers": {"ops": {"webhook": {"url": "https://ops.example.com"}}},
        "alerting": {"default": "ops"},
        "teams": {},
    }
    nobody: dict[str, Any] = {"receivers": {}, "alerting": {}, "teams": {}}
    addresses: dict[str, Any] = {
        "grafana": {"url": "https://g.example.com"},
        "links": {"runbooks": "https://wiki.example.com"},
    }
    up("tea", stack_file(tmp_path, "tea", runtime=kettle, **routed, **addresses))
    assert "cluster reaches: set alertmanager.url, prometheus.url to what lies" in capsys.readouterr().err
    up("tea", stack_file(tmp_path, "tea", runtime=kettle, **nobody))
    assert "links in messages" not in capsys.readouterr().err


@pytest.mark.usefixtures("no_engine")
def test_the_stack_that_was_deployed_is_returned_and_its_file_is_kept(file: Path) -> None:
    deployed = up("tea", file)
    assert deployed.program.settings.grafana.content == "files"
    assert load_target("tea", file).as_deployed().file == deployed.effective_file


@pytest.mark.usefixtures("no_engine")
def test_that_nobody_is_told_about_alerts_is_said(
    kettle: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sentence = "    nobody is told about alerts: add receivers and alerting.default to the stack file\n"
    up("tea", stack_file(tmp_path, "tea", runtime=kettle, receivers={}, teams={}, alerting={}))
    assert sentence in capsys.readouterr().err
    receivers = {"ops": {"webhook": {"url": "http://hook.example.com/in"}}}
    up("tea", stack_file(tmp_path, "tea", runtime=kettle, receivers=receivers, teams={}, alerting={"default": "ops"}))
    assert sentence not in capsys.readouterr().err


@pytest.mark.usefixtures("no_engine")
def test_maintenance_that_is_over_is_refused_when_the_stack_is_brought_up_and_not_when_it_is_looked_at(
    kettle: str, tmp_path: Path
) -> None:
    over = {"alerts": ["HighLatency"], "from": "2020-01-01T00:00", "to": "2020-01-02T00:00", "reason": "Upgrade"}
    file = stack_file(tmp_path, "tea", runtime=kettle, alerting={"default": "notify", "maintenance": [over]})
    with pytest.raises(ConfigurationError, match="'Upgrade', which ended 2020-01-02T00:00"):
        up("tea", file)
    assert load_target("tea", file).program.settings.alerting.maintenance


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [(True, "==> Stack tea is up after 0 s"), (False, "==> Nothing to change: stack tea runs as its settings say")],
)
def test_an_engine_that_is_found_deploys(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], changes: bool, sentence: str
) -> None:
    engine = FakeEngine(changes)
    monkeypatch.setattr("operations.up.find_engine", lambda _target: (engine, ""))
    target = up("tea", file)
    assert [found.stack for found in engine.deployed] == ["tea"]
    assert engine.destroyed == []
    assert target.program.settings.grafana.content == "provider"
    assert capsys.readouterr().err.splitlines()[-1] == sentence


def test_a_mistake_stops_before_anything_is_touched(kettle: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        up("tea", stack_file(tmp_path, "tea", runtime=kettle, prometheus={"memory": "much"}))
    assert [path.name for path in tmp_path.iterdir()] == ["Pulumi.tea.yaml"]


def test_addresses_are_sorted_and_only_the_place_of_passwords_is_told(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tell_addresses(load_target("tea", file))
    assert capsys.readouterr().out.splitlines() == [
        "alertmanager   http://alertmanager.kitchen.example.com",
        "grafana        http://grafana.kitchen.example.com",
        "memory-api     http://memory-api.kitchen.example.com",
        "otlp-http      http://spout.kitchen.example.com",
        "prometheus     http://prometheus.kitchen.example.com",
        "runbooks       http://runbooks.kitchen.example.com",
        "passwords      on a note under the kettle",
        "               and under the sugar",
    ]

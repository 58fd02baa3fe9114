"""`make down` and `make destroy`, on a runtime that can stop and on one that cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from operations.down import destroy, down
from operations.target import load_target
from operations.up import up
from runtimes.console import Failure
from tests.fakes import FakeEngine
from tests.stacks import stack_file


def with_state(file: Path) -> Path:
    """The stack's folder as an engine leaves it; returns it."""
    target = load_target("tea", file)
    target.keep_settings()
    state = target.directory / "pulumi" / ".pulumi" / "stacks" / "monitoring"
    state.mkdir(parents=True)
    (state / "tea.json").write_text("{}", encoding="utf-8")
    return target.directory


@pytest.mark.usefixtures("no_engine")
def test_down_stops_and_keeps(file: Path) -> None:
    directory = up("tea", file).directory
    down("tea", file)
    kept = {path.name for path in directory.iterdir()}
    assert "boiling.json" not in kept
    assert {"stack.yaml", "stove.yaml"} <= kept


def test_on_kubernetes_down_is_refused_with_what_to_do_instead(tmp_path: Path) -> None:
    section = {"namespace": "watching"}
    with pytest.raises(Failure) as refused:
        down("kettle", stack_file(tmp_path, base="prod", kubernetes=section))
    assert str(refused.value) == (
        "Stack kettle runs on Kubernetes, where nothing is stopped and kept: scale it to nothing with"
        " `kubectl -n watching scale deployment,statefulset --all --replicas=0`, or remove it with"
        " `make destroy STACK=kettle`."
    )


@pytest.mark.usefixtures("no_engine")
def test_destroy_leaves_nothing(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    up("tea", file)
    destroy("tea", file)
    assert list((tmp_path / "state").iterdir()) == []
    told = capsys.readouterr().err
    assert "==> Destroying stack tea and its data\n" in told
    assert told.endswith("    nothing is left: no program, network, volume, secret or state\n")


@pytest.mark.usefixtures("no_engine")
def test_destroying_what_never_was_is_no_failure(file: Path, tmp_path: Path) -> None:
    destroy("tea", file)
    assert not (tmp_path / "state" / "tea").exists()


def test_what_an_engine_brought_up_it_takes_down_by_the_settings_that_were_deployed(
    kettle: str, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = with_state(file)
    deployed = len(load_target("tea", file).program.settings.services)
    engine = FakeEngine()
    monkeypatch.setattr("operations.down.find_engine", lambda _target: (engine, ""))
    services = [{"name": "site", "kind": "probe", "target": "example.com:443", "protocol": "https"}]
    destroy("tea", stack_file(tmp_path, "tea", runtime=kettle, services=services))
    assert [(found.stack, len(found.program.settings.services)) for found in engine.destroyed] == [("tea", deployed)]
    assert engine.deployed == []
    assert deployed > 1
    assert not directory.exists()


@pytest.mark.usefixtures("no_engine")
def test_without_the_engine_that_brought_it_up_nothing_is_removed(file: Path) -> None:
    directory = with_state(file)
    with pytest.raises(Failure, match=r"there is none: install it and run the command again\.$"):
        destroy("tea", file)
    assert directory.exists()

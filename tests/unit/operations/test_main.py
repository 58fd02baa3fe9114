"""`python -m operations`: which command runs, what it says, and its exit status."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest

from images.errors import ImagesError
from operations import __main__ as command
from runtimes.console import Failure
from settings.errors import ConfigurationError, Mistake
from tests.stacks import stack_file


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["operations", *arguments])
    return command.main()


@pytest.mark.parametrize("name", ["destroy", "down", "prepare"])
def test_a_command_gets_the_stack_and_its_file(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    ran: list[tuple[str, Path | None]] = []
    monkeypatch.setitem(command._COMMANDS, name, lambda stack, file: ran.append((stack, file)))
    assert run(monkeypatch, name) == 0
    assert run(monkeypatch, name, "--stack", "tea", "--file", "elsewhere.yaml") == 0
    assert ran == [("dev", None), ("tea", Path("elsewhere.yaml"))]


@pytest.mark.parametrize("status", [0, 1])
def test_up_ends_with_the_verification_whose_status_it_has(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    order: list[str] = []
    monkeypatch.setattr(command, "up", lambda stack, file: order.append(f"up {stack}"))

    def verify(stack: str, file: Path | None) -> int:
        order.append(f"verify {stack}")
        return status

    monkeypatch.setattr(command, "verify_stack", verify)
    monkeypatch.setattr(command, "tell_addresses", lambda target: order.append("addresses"))
    assert run(monkeypatch, "up", "--stack", "tea") == status
    assert order == ["up tea", "verify tea", "addresses"]


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (Failure("Docker does not answer: start it."), 1, "Docker does not answer: start it.\n"),
        (ImagesError("no such recipe"), 1, "no such recipe\n"),
        (
            ConfigurationError("Pulumi.tea.yaml", [Mistake("runtime", "'pan'", "docker")]),
            2,
            "Pulumi.tea.yaml: 1 mistake, nothing was deployed.\n  1. runtime: found 'pan'. Allowed: docker.\n",
        ),
    ],
)
def test_an_error_is_told_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
    status: int,
    told: str,
) -> None:
    def fail(stack: str, file: Path | None) -> None:
        raise error

    monkeypatch.setitem(command._COMMANDS, "down", fail)
    monkeypatch.setattr(command, "up", fail)
    for name in ("down", "up"):
        assert run(monkeypatch, name) == status
        assert capsys.readouterr() == ("", told)


def test_an_unknown_command_is_refused_with_those_there_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        run(monkeypatch, "sideways")
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert all(name in told for name in ("destroy", "down", "prepare", "up"))


def test_the_status_of_the_process_is_the_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = stack_file(tmp_path, base="prod")
    monkeypatch.setattr(sys, "argv", ["operations", "down", "--stack", "kettle", "--file", str(file)])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("operations", run_name="__main__")
    assert ended.value.code == 1
    assert capsys.readouterr().err.startswith("Stack kettle runs on Kubernetes, where nothing is stopped and kept")

"""`python -m operations.oncall`: the command line, what is printed, and the exit status."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from operations.oncall import __main__ as oncall
from operations.oncall.notify_test import Answered
from operations.verify.live import Live
from runtimes.health import CouldNotRunError
from tests.unit.operations.oncall.shift import NOW, Shift, alert, group, notified, silence_of


@pytest.fixture(autouse=True)
def up(shift: Shift, monkeypatch: pytest.MonkeyPatch) -> None:
    """The made-up stack is the one that runs, under the name `test`."""

    @contextmanager
    def running(stack: str, file: Path | None) -> Iterator[Live]:
        if stack != "test":
            raise CouldNotRunError(f"Stack {stack} is not up.")
        with shift.live() as live:
            yield live

    monkeypatch.setattr(oncall, "running", running)


def test_alerts_are_printed_without_breaking_lines(shift: Shift, capsys: pytest.CaptureFixture[str]) -> None:
    long = alert("ServiceDown", service="memory-api-with-a-name-that-does-not-fit-into-eighty-columns-of-a-terminal")
    shift.groups, shift.history = [group("chat", long)], [notified("chat", NOW - 60, long)]
    assert oncall.main(["alerts", "--stack", "test"]) == 0
    head, summary, told, zone = capsys.readouterr().out.splitlines()
    assert head.endswith("  ServiceDown  since 12:50")
    assert summary.strip().endswith("has [ServiceDown]")
    assert (told, zone) == ("    told: chat 12:59", "Times are in Europe/Berlin.")


def test_a_silence_is_added_listed_and_ended(shift: Shift, capsys: pytest.CaptureFixture[str]) -> None:
    assert oncall.main(["silence", "--stack", "test", "--list"]) == 0
    assert capsys.readouterr().out == "There is no silence.\n"
    said = ["--service", "memory-db", "--service", "memory-api", "--for", "30m", "--reason", "disk"]
    assert oncall.main(["silence", "--stack", "test", *said]) == 0
    assert "Everything of memory-db, memory-api is silent until 13:30 Europe/Berlin" in capsys.readouterr().out
    shift.silences = [silence_of("s-1", NOW + 60, service="memory-db")]
    assert oncall.main(["silence", "--stack", "test", "--list"]) == 0
    assert capsys.readouterr().out == "s-1  until 13:01 Europe/Berlin  service=memory-db  ada: new disk\n"
    assert oncall.main(["silence", "--stack", "test", "--end", "s-1"]) == 0
    assert capsys.readouterr().out.startswith("Silence s-1 has ended")
    assert oncall.main(["silence", "--stack", "test", "--end", "s-2"]) == 2
    assert "found 's-2'" in capsys.readouterr().err


@pytest.mark.parametrize(("taken", "status"), [(True, 0), (False, 1)])
def test_whether_a_receiver_took_its_test_is_the_exit_status(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], taken: bool, status: int
) -> None:
    monkeypatch.setattr(oncall, "notify_test", lambda _live, receiver: Answered(taken, f"{receiver} told"))
    assert oncall.main(["notify-test", "--stack", "test", "chat"]) == status
    assert capsys.readouterr().out == "chat told\n"


@pytest.mark.parametrize("command", [["alerts"], ["silence", "--list"], ["notify-test", "chat"]])
def test_a_stack_that_is_not_up_is_said(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert oncall.main([*command, "--stack", "other"]) == 2
    assert capsys.readouterr().err == "Stack other is not up.\n"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (["--service", "a"], "found no --for and --reason. Say for example: --service orders-db --for 2h"),
        (["--service", "a", "--for", "2h"], "found no --reason."),
        (["--for", "2 hours", "--reason", "x"], "--for: found '2 hours'. Allowed: a duration such as 30s, 5m"),
        (["--for", "0m", "--reason", "x"], "--for: found '0m'. Allowed: a duration such as 30s, 5m"),
    ],
)
def test_a_silence_needs_an_end_and_a_reason(said: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        oncall.main(["silence", *said])
    assert ended.value.code == 2
    assert told in capsys.readouterr().err

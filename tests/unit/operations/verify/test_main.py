"""`python -m operations.verify`: what it prints, and its exit status."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from operations.verify import command
from operations.verify.__main__ import main
from operations.verify.report import Report
from operations.verify.rows import Row, failed, passed, skipped
from tests.unit.operations.verify.world import file_of

ROWS = (failed("target a", "a:1 is [down]"), passed("rules", "ok"), skipped("workload tempo", "no image"))


def report_of(*rows: Row) -> Report:
    return Report("dev", datetime(2026, 11, 21, 10, 0, tzinfo=UTC), 12.34, rows)


@pytest.mark.parametrize(("rows", "status"), [(ROWS[1:], 0), (ROWS, 1)])
def test_exit_status(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], rows: tuple[Row, ...], status: int
) -> None:
    monkeypatch.setattr(command, "verify", lambda *_: report_of(*rows))
    assert main([]) == status
    assert "Stack dev: 1 passed" in capsys.readouterr().out
    assert main(["--json"]) == status
    assert json.loads(capsys.readouterr().out)["stack"] == "dev"


@pytest.mark.parametrize("wait", ["-1", "soon", "inf"])
def test_a_wait_that_is_no_number(wait: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([f"--wait={wait}"])
    assert ended.value.code == 2
    assert f"{wait!r} is not a number of seconds, 0 or more" in capsys.readouterr().err


def test_mistakes_in_the_stack_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = file_of(tmp_path, services=[{"name": "a", "kind": "fastpi", "target": "a:1"}])
    assert main(["--stack", "test", "--file", str(file), "--json"]) == 2
    told = capsys.readouterr()
    assert "services[0].kind (line 10): found 'fastpi'." in told.err
    document = json.loads(told.out)
    assert document["status"] == "could_not_run"
    assert document["error"] + "\n" == told.err


def test_no_such_stack(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--stack", "nowhere"]) == 2
    assert "Pulumi.nowhere.yaml: found no such file." in capsys.readouterr().err


def test_the_command_line_is_what_is_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, Path | None, float]] = []

    def verify(stack: str, file: Path | None, wait: float, _progress: object) -> Report:
        asked.append((stack, file, wait))
        return report_of(*ROWS)

    monkeypatch.setattr(command, "verify", verify)
    main([])
    main(["--stack", "tea", "--file", "elsewhere.yaml", "--wait", "0.5"])
    assert asked == [("dev", None, 180.0), ("tea", Path("elsewhere.yaml"), 0.5)]

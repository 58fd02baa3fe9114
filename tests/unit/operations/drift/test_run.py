"""One comparison: what is told, to people and to machines, and with which exit status."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console

from operations.drift.__main__ import main
from operations.drift.report import DriftReport, print_diff, to_json
from operations.drift.run import compared, drift
from runtimes import runtime_kind
from runtimes.drift import Area, Compared, Difference, nothing_compared
from runtimes.health import CouldNotRunError, NoAnswerError, NoWayError
from tests.stacks import stack_file
from tests.unit.operations.drift.running import Running
from tests.unit.operations.verify.world import PASSWORD, file_of

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
CHANGED = Difference("file", "a.yml", "changed", "make up", ("@@", "- old", f"+ {PASSWORD}"))


def refuse(error: Exception) -> Compared:
    raise error


def told(report: DriftReport) -> list[str]:
    out = io.StringIO()
    print_diff(report, Console(file=out))
    return out.getvalue().splitlines()


def test_an_area_that_does_not_answer_keeps_no_other_from_being_compared(running: Running) -> None:
    areas = [
        Area("rules", lambda: refuse(NoAnswerError("prometheus does not answer."))),
        Area("dashboards", lambda: refuse(NoWayError("there is no Grafana."))),
        Area("files", lambda: Compared(5, (CHANGED,))),
    ]
    with running.stack() as stack:
        report = compared(stack, areas)
    assert (report.status, report.exit_status) == ("drifted", 1)
    assert told(report) == [
        "file changed: a.yml",
        "    @@",
        "    - old",
        "    + <secret>",
        "    mend: make up",
        "not compared: rules: prometheus does not answer.",
        "left out: dashboards: there is no Grafana.",
        "Stack test: 1 difference; compared: 5 files.",
    ]


def test_the_document_for_machines_has_everything(running: Running) -> None:
    with running.stack() as stack:
        report = compared(stack, [Area("files", lambda: Compared(5, (CHANGED,)))])
    assert json.loads(to_json(replace(report, finished=NOW))) == {
        "stack": "test",
        "status": "drifted",
        "error": None,
        "finished": "2026-11-21T10:00:00+00:00",
        "differences": [
            {"kind": "file changed", "name": "a.yml", "lines": ["@@", "- old", "+ <secret>"], "mend": "make up"}
        ],
        "compared": {"files": 5},
        "left_out": {},
        "unanswered": {},
    }


@pytest.mark.parametrize(
    ("report", "status", "code"),
    [
        (DriftReport("a", NOW, compared={"files": 1}), "same", 0),
        (DriftReport("a", NOW, left_out={"dashboards": "none"}), "same", 0),
        (DriftReport("a", NOW, unanswered={"rules": "down"}), "incomplete", 1),
        (DriftReport("a", NOW, (CHANGED,)), "drifted", 1),
        (DriftReport("a", NOW, error="no stack"), "could_not_run", 2),
    ],
)
def test_the_exit_status(report: DriftReport, status: str, code: int) -> None:
    assert (report.status, report.exit_status) == (status, code)


def test_a_stack_file_with_mistakes_cannot_be_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = file_of(tmp_path, retention={"metrics": "soon"})
    assert main(["--stack", "test", "--file", str(file)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("Pulumi.test.yaml: 1 mistake")


def test_a_runtime_that_compares_nothing_yet_says_so_by_its_name(
    kettle: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = stack_file(tmp_path, "tea", runtime=kettle)
    assert main(["--stack", "tea", "--file", str(file), "--json"]) == 2
    printed = capsys.readouterr()
    sentence = f"Drift of a stack that runs on {kettle} is not compared yet; `pulumi preview --refresh --diff` shows"
    assert json.loads(printed.out)["error"].startswith(sentence)
    assert printed.err.startswith(sentence)


def test_kubernetes_is_such_a_runtime() -> None:
    assert runtime_kind("kubernetes").drift is nothing_compared


def test_a_daemon_that_does_not_run_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtimes.docker.drift.docker_client", lambda: refuse(CouldNotRunError("no daemon")))
    report = drift("test", file_of(tmp_path))
    assert (report.error, report.exit_status) == ("no daemon", 2)

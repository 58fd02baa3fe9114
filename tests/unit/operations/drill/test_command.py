"""The command line of drills, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console

from operations.drill.__main__ import main
from operations.drill.command import chosen
from operations.drill.drill import Alert
from operations.drill.faults import all_drills
from operations.drill.report import print_outcomes
from operations.drill.run import DrillOutcome
from tests.stacks import stack_file

SERVICES = [{"name": "shop", "kind": "fastapi", "target": "shop:8000"}]


def test_the_list_names_every_drill(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    shown = capsys.readouterr().out
    assert [drill.name for drill in all_drills() if drill.name not in shown] == []


def test_an_unknown_name_is_told_before_anything_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["flood"]) == 2
    assert "No drill is called flood" in capsys.readouterr().err


def test_a_soak_breaks_nothing_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--soak", "30m", "errors"]) == 2
    assert capsys.readouterr().err == "--soak breaks nothing: name no drills with it.\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--soak", "half an hour"], "'half an hour' is no duration: a number and s, m or h, such as 30m"),
        (["--patience", "0.5"], "'0.5' is no patience: a number from 1 to 100, such as 2.5"),
        (["--patience", "much"], "'much' is no patience: a number from 1 to 100, such as 2.5"),
        (["--patience", "nan"], "'nan' is no patience: a number from 1 to 100, such as 2.5"),
    ],
)
def test_options_that_make_no_sense_are_told(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert told in capsys.readouterr().err


def test_patience_lengthens_what_is_waited_for_and_nothing_else() -> None:
    (drill,) = chosen(["memory-db-paused"])
    patient = drill.waited_for(3)
    assert (patient.within, patient.resolves_within) == (3 * drill.within, 3 * drill.resolves_within)
    assert patient.held == drill.held


def test_a_stack_without_the_recorder_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = stack_file(tmp_path, base=None, services=SERVICES, demo={"enabled": False})
    assert main(["--stack", "kettle", "--file", str(file), "errors"]) == 2
    assert "Stack kettle has no recorder" in capsys.readouterr().err


def test_a_stack_on_kubernetes_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = stack_file(tmp_path, base=None, services=SERVICES, runtime="kubernetes")
    assert main(["--stack", "kettle", "--file", str(file), "errors"]) == 2
    assert "stack kettle runs on kubernetes" in capsys.readouterr().err


def test_names_and_figures_stay_on_one_line_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    outcomes = [DrillOutcome(drill, 74.6, 1, 1, (), 130.2) for drill in all_drills()]
    print_outcomes(outcomes, 120, Console(width=80))
    lines = capsys.readouterr().out.splitlines()
    for drill in all_drills():
        line = next(line for line in lines if f" {drill.name} " in line)
        assert f"{drill.expects} → {drill.receiver}" in line
        assert "75 s" in line and "130 s" in line


def test_the_table_says_who_was_told_how_fast_and_what_was_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    first, second, third = chosen(["memory-api-killed", "memory-api-paused", "grafana-killed"])
    outcomes = [
        DrillOutcome(first, 74.6, 1, 1, (Alert("EndpointDown", "memory-uptime"),), 130.2),
        DrillOutcome(second, problems=("Nobody was told.",)),
        DrillOutcome(third, skipped="The stack has no grafana."),
    ]
    print_outcomes(outcomes, 120, Console(width=200))
    shown = capsys.readouterr().out
    line = next(line for line in shown.splitlines() if first.name in line)
    assert "passed" in line
    assert "75 s" in line and "130 s" in line and "1 of 1" in line
    assert f"{second.name}: Nobody was told." in shown
    assert f"{third.name}: The stack has no grafana." in shown
    assert "3 drills: 1 passed, 1 failed, 1 skipped in 2.0 min." in shown

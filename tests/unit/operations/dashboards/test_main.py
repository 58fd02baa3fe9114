"""`make dashboards`: its command line, and revisions to compare with."""

from __future__ import annotations

from pathlib import Path

import pytest

from operations.dashboards.__main__ import main
from operations.dashboards.recording import Recording
from operations.dashboards.revision import dashboards_of_revision
from runtimes.console import Failure
from tests.stacks import stack_file
from tests.unit.operations.dashboards.test_write import WINDOW


def test_without_a_recording_there_is_nothing_to_draw_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = stack_file(tmp_path, "tea")
    folder = tmp_path / "out"
    arguments = ["--stack", "tea", "--file", str(file), "--folder", str(folder)]
    assert main([*arguments, "--recorded", str(tmp_path)]) == 2
    assert "name a directory that --record wrote" in capsys.readouterr().err
    assert not folder.exists()


def test_a_recording_without_the_values_of_a_variable_draws_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = stack_file(tmp_path, "tea")
    Recording(WINDOW, {}).write(tmp_path)
    assert (
        main(["--stack", "tea", "--file", str(file), "--folder", str(tmp_path / "out"), "--recorded", str(tmp_path)])
        == 2
    )
    assert "nothing was recorded for this query" in capsys.readouterr().err


def test_a_revision_that_is_not_there_is_refused() -> None:
    with pytest.raises(Failure, match=r"--compare: found 'no-such-revision' .* Allowed: a revision of this"):
        dashboards_of_revision("no-such-revision", "tea", Path("Pulumi.dev.yaml"))

"""`python -m rendering`: writing the tree, and the check that it is current."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from rendering import __main__ as command
from runtimes.files import read_directory
from tests.conftest import ROOT


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["rendering", *arguments])
    return command.main()


@pytest.fixture
def written(tmp_path: Path, tree: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the dev stack's tree, current."""
    for name, text in tree.items():
        path = tmp_path / "rendered" / "dev" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    # What the program describes is rendered once; tests/programs/test_rendered_tree.py goes the whole way.
    monkeypatch.setattr(command, "render_tree", lambda _: tree)
    return tmp_path / "rendered"


def test_a_current_tree_passes_the_check_and_is_not_written_again(
    written: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.stat().st_ino for path in written.rglob("*")}
    assert run(monkeypatch, "--check", "--stack", "dev", "--output", str(written)) == 0
    assert run(monkeypatch, "--stack", "dev", "--output", str(written)) == 0
    assert {path: path.stat().st_ino for path in written.rglob("*")} == before
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("damage", ["changed", "removed", "added"])
def test_a_stale_tree_fails_the_check_which_says_what_to_do_and_writes_nothing(
    written: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], damage: str
) -> None:
    path = written / "dev" / "config" / "loki" / "loki.yaml"
    if damage == "changed":
        path.write_text(path.read_text(encoding="utf-8") + "# by hand\n", encoding="utf-8")
    elif damage == "removed":
        path.unlink()
    else:
        (path.parent / "more.yaml").write_text("a: 1\n", encoding="utf-8")
    before = bytes_of(written)
    assert run(monkeypatch, "--check", "--stack", "dev", "--output", str(written)) == 1
    assert capsys.readouterr().err == "rendered/dev is stale: run `make render` and commit what changed\n"
    assert bytes_of(written) == before


def test_a_stale_tree_is_made_current_by_rendering(
    written: Path, monkeypatch: pytest.MonkeyPatch, tree: dict[str, str]
) -> None:
    (written / "dev" / "gone.yaml").write_text("left over\n", encoding="utf-8")
    assert run(monkeypatch, "--stack", "dev", "--output", str(written)) == 0
    assert read_directory(written / "dev") == tree


def test_secret_files_that_somebody_put_beside_the_tree_are_neither_stale_nor_removed(
    written: Path, monkeypatch: pytest.MonkeyPatch, tree: dict[str, str]
) -> None:
    own = written / "dev" / "secrets" / "loki" / "password"
    own.parent.mkdir(parents=True)
    own.write_text("theirs", encoding="utf-8")
    assert run(monkeypatch, "--check", "--stack", "dev", "--output", str(written)) == 0
    (written / "dev" / "compose.yaml").unlink()
    assert run(monkeypatch, "--stack", "dev", "--output", str(written)) == 0
    assert read_directory(written / "dev") == {**tree, "secrets/loki/password": "theirs"}


def test_the_status_of_the_process_is_the_status_of_the_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["rendering", "--check", "--stack", "prod", "--output", str(tmp_path)])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(ROOT / "rendering" / "__main__.py"), run_name="__main__")
    assert ended.value.code == 1
    assert capsys.readouterr().err == "rendered/prod is stale: run `make render` and commit what changed\n"
    assert list(tmp_path.iterdir()) == []


def test_mistakes_in_a_stack_file_are_told_with_a_status_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "--stack", "nowhere", "--output", str(tmp_path)) == 2
    assert "Pulumi.nowhere.yaml: found no such file" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_mistakes_in_one_stack_file_keep_no_other_from_being_written(
    written: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (written / "dev" / "compose.yaml").unlink()
    assert run(monkeypatch, "--stack", "nowhere", "--stack", "dev", "--output", str(written)) == 2
    assert (written / "dev" / "compose.yaml").exists()
    said = capsys.readouterr()
    assert "Pulumi.nowhere.yaml: 1 mistake" in said.err
    assert "dev:" in said.out


def test_a_name_that_leads_elsewhere_is_no_stack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "--stack", "../dev", "--output", str(tmp_path / "rendered")) == 2
    assert "stack: found '../dev'. Allowed: lower-case letters and digits" in capsys.readouterr().err


@pytest.mark.parametrize(("said", "stacks"), [((), ""), (("STACK=shop",), "--stack 'shop'")])
def test_make_renders_the_stack_that_is_named_and_otherwise_all(said: tuple[str, ...], stacks: str) -> None:
    command = ["make", "--no-print-directory", "--dry-run", "render", *said]
    environment = {key: value for key, value in os.environ.items() if key not in ("STACK", "ARGS", "MAKEFLAGS")}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1].split("-m rendering")[1].strip() == stacks

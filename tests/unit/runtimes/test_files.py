"""Files on the Docker host: written in one step, and only what changed."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtimes.files import read_directory, remove_directory, replace_file, write_directory


def mode(path: Path) -> str:
    return f"{path.stat().st_mode & 0o777:o}"


def test_a_directory_holds_exactly_the_files_it_was_given(tmp_path: Path) -> None:
    target = tmp_path / "config"
    assert write_directory(target, {"a.yml": "a\n", "rules/b.yml": "b\n"})
    assert read_directory(target) == {"a.yml": "a\n", "rules/b.yml": "b\n"}
    assert write_directory(target, {"rules/b.yml": "changed\n", "c.yml": "c\n"})
    assert read_directory(target) == {"rules/b.yml": "changed\n", "c.yml": "c\n"}


def test_writing_what_is_there_already_changes_nothing_and_says_so(tmp_path: Path) -> None:
    files = {"a.yml": "a\n", "rules/b.yml": "b\n"}
    write_directory(tmp_path, files)
    before = {path: path.stat().st_ino for path in tmp_path.rglob("*")}
    assert write_directory(tmp_path, files) is False
    assert {path: path.stat().st_ino for path in tmp_path.rglob("*")} == before


@pytest.mark.parametrize("files", [{"a": "1", "b": "2"}, {"a": "2"}, {}], ids=["added", "changed", "removed"])
def test_every_kind_of_change_is_noticed(tmp_path: Path, files: dict[str, str]) -> None:
    write_directory(tmp_path, {"a": "1"})
    assert write_directory(tmp_path, files) is True
    assert read_directory(tmp_path) == files


def test_only_files_that_changed_are_written(tmp_path: Path) -> None:
    write_directory(tmp_path, {"same": "1", "other": "1"})
    same, other = (tmp_path / "same").stat().st_ino, (tmp_path / "other").stat().st_ino
    write_directory(tmp_path, {"same": "1", "other": "2"})
    assert (tmp_path / "same").stat().st_ino == same
    assert (tmp_path / "other").stat().st_ino != other


def test_whoever_has_a_file_open_reads_the_old_content_to_its_end(tmp_path: Path) -> None:
    write_directory(tmp_path, {"a.yml": "old " * 1000})
    with (tmp_path / "a.yml").open(encoding="utf-8") as reader:
        beginning = reader.read(4)
        write_directory(tmp_path, {"a.yml": "new"})
        assert beginning + reader.read() == "old " * 1000
    assert (tmp_path / "a.yml").read_text(encoding="utf-8") == "new"


def test_a_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    versions = ["x" * 300_000, "y" * 200_000]
    path = tmp_path / "big"
    replace_file(path, versions[0])
    seen: set[str] = set()
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.add(path.read_text(encoding="utf-8"))

    reader = threading.Thread(target=read)
    reader.start()
    for turn in range(60):
        replace_file(path, versions[turn % 2])
    done.set()
    reader.join()
    assert seen <= set(versions)


def test_a_write_that_fails_leaves_the_old_file_and_the_next_one_cleans_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_directory(tmp_path, {"a": "old"})

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(Path, "replace", full)
        with pytest.raises(OSError, match="No space left"):
            write_directory(tmp_path, {"a": "new"})
    assert (tmp_path / "a").read_text(encoding="utf-8") == "old"
    write_directory(tmp_path, {"a": "new"})
    assert read_directory(tmp_path) == {"a": "new"}


@pytest.fixture(params=[0o022, 0o077], ids=["umask 022", "umask 077"])
def any_umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.mark.usefixtures("any_umask")
def test_containers_can_read_the_files_and_other_users_of_the_host_cannot_reach_them(tmp_path: Path) -> None:
    target = tmp_path / "state" / "dev" / "secrets" / "prometheus"
    write_directory(target, {"password": "p", "rules/deep/a.yml": "a"})
    assert {mode(path) for path in (target, target / "rules", target / "rules" / "deep")} == {"755"}
    assert {mode(path) for path in (target / "password", target / "rules" / "deep" / "a.yml")} == {"444"}
    # A bind mount does not cross the folders above, so they can be closed to everyone else.
    assert {mode(path) for path in (tmp_path / "state", tmp_path / "state" / "dev")} == {"700"}


@pytest.mark.parametrize("files", [{}, {"a": "1"}], ids=["empty", "unchanged"])
def test_a_directory_that_was_closed_is_opened_again_even_when_no_file_changes(
    tmp_path: Path, files: dict[str, str]
) -> None:
    target = tmp_path / "config"
    write_directory(target, files)
    target.chmod(0o700)
    assert write_directory(target, files) is False
    assert mode(target) == "755"


def test_folders_that_are_there_already_keep_their_mode(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o750)
    write_directory(folder / "dev" / "config", {"a": "1"})
    assert mode(folder) == "750"


@pytest.mark.parametrize("content", ["", "no newline at the end", "a\r\nb\r\n", "a\rb", "naïve 日本\n", "\x00\x1f"])
def test_content_comes_back_as_it_was_so_that_a_second_run_changes_nothing(tmp_path: Path, content: str) -> None:
    write_directory(tmp_path, {"a": content})
    assert (tmp_path / "a").read_bytes() == content.encode()
    assert read_directory(tmp_path) == {"a": content}
    assert write_directory(tmp_path, {"a": content}) is False


def test_a_foreign_file_is_removed_even_when_it_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "core").write_bytes(b"\xff\xfe\x00")
    assert write_directory(tmp_path, {"a": "1"})
    assert read_directory(tmp_path) == {"a": "1"}


def test_a_directory_that_is_not_there_reads_as_empty_and_is_removed_without_complaint(tmp_path: Path) -> None:
    assert read_directory(tmp_path / "gone") == {}
    remove_directory(tmp_path / "gone")


def test_a_removed_directory_is_gone_with_its_files_and_its_neighbour_stays(tmp_path: Path) -> None:
    for name in ("loki", "tempo"):
        write_directory(tmp_path / name, {"rules/a": "1"})
    remove_directory(tmp_path / "loki")
    assert [path.name for path in tmp_path.iterdir()] == ["tempo"]

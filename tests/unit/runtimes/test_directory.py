"""The directory as a resource: written, compared, read back and removed, with a reload of its reader."""

from __future__ import annotations

import base64
import pickle
from pathlib import Path
from typing import Any

import pulumi
import pytest

from runtimes import directory as directory_module
from runtimes.capture import capture
from runtimes.console import Failure
from runtimes.directory import HostDirectory, _Provider
from runtimes.files import read_directory, remove_directory, replace_file


@pytest.fixture
def reloads(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Whom the resource reloads, and how, instead of doing it."""
    found: list[tuple[str, str]] = []
    monkeypatch.setattr(directory_module, "reload_container", lambda name, how: found.append((name, how)))
    return found


def properties(path: Path, **changes: object) -> dict[str, Any]:
    return {
        "path": str(path),
        "files": {"a.yml": "1"},
        "container": "monitoring-dev-kettle",
        "reload": "signal",
        "__provider": "serialized",
        **changes,
    }


def test_creating_the_resource_writes_the_files_and_reloads_nobody(
    tmp_path: Path, reloads: list[tuple[str, str]]
) -> None:
    wanted = properties(tmp_path / "kettle")
    made = _Provider().create(wanted)
    assert made.id == str(tmp_path / "kettle")
    assert made.outs == {key: value for key, value in wanted.items() if key != "__provider"}
    assert read_directory(tmp_path / "kettle") == {"a.yml": "1"}
    assert reloads == []


def test_the_same_properties_are_no_difference(tmp_path: Path) -> None:
    same = properties(tmp_path)
    found = _Provider().diff("id", same, {**same, "__provider": "serialized elsewhere"})
    assert found.changes is False
    assert found.replaces == []


@pytest.mark.parametrize("change", [{"files": {"a.yml": "2"}}, {"container": "other"}, {"reload": "restart"}])
def test_other_files_or_another_reader_are_an_update_in_place(tmp_path: Path, change: dict[str, object]) -> None:
    found = _Provider().diff("id", properties(tmp_path), properties(tmp_path, **change))
    assert found.changes is True
    assert found.replaces == []


def test_another_path_is_a_replacement_that_is_written_before_the_old_one_goes(tmp_path: Path) -> None:
    found = _Provider().diff("id", properties(tmp_path / "old"), properties(tmp_path / "new"))
    assert found.changes is True
    assert found.replaces == ["path"]
    assert found.delete_before_replace is False


def test_an_update_writes_the_files_and_then_reloads_their_reader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _Provider().create(properties(tmp_path))
    seen: list[tuple[str, str, str]] = []

    def look(container: str, how: str) -> None:
        seen.append((container, how, (tmp_path / "a.yml").read_text(encoding="utf-8")))

    monkeypatch.setattr(directory_module, "reload_container", look)
    updated = _Provider().update("id", properties(tmp_path), properties(tmp_path, files={"a.yml": "2"}))
    assert seen == [("monitoring-dev-kettle", "signal", "2")]
    assert updated.outs
    assert updated.outs["files"] == {"a.yml": "2"}


def test_an_update_that_changes_no_file_reloads_nobody(tmp_path: Path, reloads: list[tuple[str, str]]) -> None:
    _Provider().create(properties(tmp_path))
    _Provider().update("id", properties(tmp_path), properties(tmp_path, reload="restart"))
    assert reloads == []


def test_a_refresh_sees_what_somebody_did_to_the_files(tmp_path: Path) -> None:
    wanted = properties(tmp_path)
    _Provider().create(wanted)
    assert _Provider().read(str(tmp_path), wanted).outs == {
        key: value for key, value in wanted.items() if key != "__provider"
    }
    replace_file(tmp_path / "a.yml", "edited by hand")
    read = _Provider().read(str(tmp_path), wanted).outs
    assert read
    assert read["files"] == {"a.yml": "edited by hand"}
    assert _Provider().diff("id", read, wanted).changes is True


def test_a_refresh_after_the_directory_was_deleted_finds_it_empty_and_not_an_error(tmp_path: Path) -> None:
    wanted = properties(tmp_path / "kettle")
    _Provider().create(wanted)
    remove_directory(tmp_path / "kettle")
    read = _Provider().read(str(tmp_path / "kettle"), wanted).outs
    assert read
    assert read["files"] == {}


def test_deleting_the_resource_removes_the_directory(tmp_path: Path) -> None:
    _Provider().create(properties(tmp_path / "kettle"))
    _Provider().delete(str(tmp_path / "kettle"), properties(tmp_path / "kettle"))
    assert not (tmp_path / "kettle").exists()


def test_files_that_their_reader_does_not_survive_are_taken_back_so_that_the_next_run_tries_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(name: str, how: str) -> None:
        raise Failure(f"{name} did not become healthy")

    monkeypatch.setattr(directory_module, "reload_container", die)
    _Provider().create(properties(tmp_path))
    with pytest.raises(Failure, match=r"^monitoring-dev-kettle did not become healthy$"):
        _Provider().update("id", properties(tmp_path), properties(tmp_path, files={"a.yml": "2", "b.yml": "3"}))
    assert read_directory(tmp_path) == {"a.yml": "1"}


def test_states_name_its_type_and_the_module_of_its_provider() -> None:
    """Both are in the state of every stack on Docker: changed, its files could be neither read nor removed."""

    def program() -> None:
        HostDirectory("d", path="/d", files={}, container="c", reload="watched", opts=pulumi.ResourceOptions())

    (found,) = capture(program, stack="test", config={})
    assert found.type == "pulumi-python:dynamic/monitoring:HostDirectory"
    pickled = base64.b64decode(found.inputs["__provider"])
    provider = pickle.loads(pickled)  # noqa: S301  # what was pickled above
    assert f"{type(provider).__module__}.{type(provider).__qualname__}" == "runtimes.directory._Provider"
    # By reference, not by value: the state holds the module's name and none of its code.
    assert len(pickled) < 200
    assert type(provider) is _Provider

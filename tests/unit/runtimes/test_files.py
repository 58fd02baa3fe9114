"""Files on the Docker host: written in one step, kept by a resource, and followed by a reload of their reader."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import pytest
from docker.errors import NotFound

from runtimes import directory as directory_module
from runtimes import files as files_module
from runtimes import reload as reload_module
from runtimes.directory import _Provider
from runtimes.files import read_directory, remove_directory, replace_file, write_directory
from runtimes.reload import reload_container


def mode(path: Path) -> str:
    return f"{path.stat().st_mode & 0o777:o}"


# --- Writing ---------------------------------------------------------------------------------------------------------


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


# --- Reloading -------------------------------------------------------------------------------------------------------


class FakeContainer:
    """A container whose health goes through a list of answers; the last one stays."""

    def __init__(self, status: str = "running", health: tuple[str | None, ...] = ("healthy",)) -> None:
        self.status = status
        self.calls: list[str] = []
        self._health = list(health)
        self.attrs: dict[str, Any] = {}
        self._look()

    def _look(self) -> None:
        health = self._health.pop(0) if len(self._health) > 1 else self._health[0]
        self.attrs = {"State": {"Status": self.status, **({"Health": {"Status": health}} if health else {})}}

    def reload(self) -> None:
        self._look()

    def kill(self, signal: str) -> None:
        self.calls.append(f"kill {signal}")

    def restart(self, timeout: int) -> None:
        self.calls.append(f"restart {timeout}")


class FakeClient:
    """A Docker daemon with the containers it is given; counts who asked for one."""

    def __init__(self, containers: dict[str, FakeContainer]) -> None:
        self._containers = containers
        self.asked: list[str] = []

    @property
    def containers(self) -> FakeClient:
        return self

    def get(self, name: str) -> FakeContainer:
        self.asked.append(name)
        if name not in self._containers:
            raise NotFound(f"No such container: {name}")
        return self._containers[name]


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(reload_module, "time", clock)
    return clock


@pytest.fixture
def daemon(monkeypatch: pytest.MonkeyPatch) -> dict[str, FakeContainer]:
    """The containers of a fake daemon; no test of this file reaches a real one."""
    containers: dict[str, FakeContainer] = {}
    monkeypatch.setattr(docker, "from_env", lambda: FakeClient(containers))
    return containers


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(("how", "calls"), [("signal", ["kill SIGHUP"]), ("restart", ["restart 30"])])
def test_a_running_container_is_signalled_or_restarted_once(
    daemon: dict[str, FakeContainer], how: str, calls: list[str]
) -> None:
    daemon["kettle"] = FakeContainer()
    daemon["teapot"] = FakeContainer()
    reload_container("kettle", how)
    assert daemon["kettle"].calls == calls
    assert daemon["teapot"].calls == []


def test_a_program_that_watches_its_files_is_left_alone_without_asking_docker(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable() -> None:
        raise AssertionError("nobody needs the daemon for this")

    monkeypatch.setattr(docker, "from_env", unreachable)
    reload_container("kettle", "watched")


@pytest.mark.usefixtures("clock")
def test_a_container_that_does_not_exist_yet_needs_no_reload(daemon: dict[str, FakeContainer]) -> None:
    reload_container("kettle", "signal")
    assert daemon == {}


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("status", ["created", "exited", "restarting"])
def test_a_container_that_does_not_run_needs_no_reload(daemon: dict[str, FakeContainer], status: str) -> None:
    daemon["kettle"] = FakeContainer(status)
    reload_container("kettle", "restart")
    assert daemon["kettle"].calls == []


def test_a_reload_waits_until_the_container_is_healthy_again(daemon: dict[str, FakeContainer], clock: Clock) -> None:
    daemon["kettle"] = FakeContainer(health=("healthy", "starting", "starting", "unhealthy", "healthy"))
    reload_container("kettle", "restart")
    assert clock.now == 3


def test_a_container_without_a_health_check_is_ready_when_it_runs(
    daemon: dict[str, FakeContainer], clock: Clock
) -> None:
    daemon["kettle"] = FakeContainer(health=(None,))
    reload_container("kettle", "signal")
    assert clock.now == 0


def test_a_container_that_does_not_come_back_is_an_error_that_says_where_to_look(
    daemon: dict[str, FakeContainer], clock: Clock
) -> None:
    daemon["kettle"] = FakeContainer(health=("healthy", "unhealthy"))
    with pytest.raises(
        RuntimeError,
        match=r"^kettle did not become healthy within 120 s after its files changed: docker logs kettle$",
    ):
        reload_container("kettle", "signal")
    assert clock.now == 120


# --- The resource ----------------------------------------------------------------------------------------------------


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
    files_module.replace_file(tmp_path / "a.yml", "edited by hand")
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

"""What `make up` and `make destroy` ask of Pulumi, in which order, and what they say when it fails: on a fake of it."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi.automation as automation
import pytest
from pulumi.automation.events import EngineEvent

from operations import engine as module
from operations.engine import PulumiEngine, find_engine, has_state
from operations.target import LoadedTarget, load_target
from runtimes.console import Failure
from settings.errors import ConfigurationError
from tests.stacks import stack_file

SHRUNK = {
    "type": "kubernetes:core/v1:PersistentVolumeClaim",
    "outputs": {
        "metadata": {"name": "prometheus-data", "namespace": "monitoring"},
        "spec": {"resources": {"requests": {"storage": "200Gi"}}},
        "status": {"capacity": {"storage": "200Gi"}},
    },
}


def changed(op: str, kind: str = "apps/v1:StatefulSet", name: str = "prometheus") -> EngineEvent:
    """A finished step of the engine."""
    token = f"kubernetes:{kind}"
    state = {"type": token, "urn": "", "id": "", "parent": "", "provider": "", "custom": True}
    metadata = {"op": op, "urn": f"urn:pulumi:kettle::monitoring::{token}::{name}", "type": token, "provider": ""}
    new = {**state, "inputs": {}, "outputs": {}}
    event = {"metadata": {**metadata, "new": new}}
    return EngineEvent.from_json({"sequence": 0, "timestamp": 0, "resOutputsEvent": event})


def failed(error: type[automation.CommandError], stderr: str = "") -> automation.CommandError:
    return error(automation.CommandResult("", stderr, 255))


@dataclass
class FakeStack:
    """Answers as Pulumi's stack does, and keeps what it was asked."""

    events: dict[str, list[EngineEvent]] = field(default_factory=dict)
    fails: dict[str, Exception] = field(default_factory=dict)
    resources: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)
    arguments: dict[str, Any] = field(default_factory=dict)

    @property
    def workspace(self) -> FakeStack:
        return self

    def _do(self, what: str, on_event: Callable[[EngineEvent], None] | None = None, **arguments: Any) -> None:
        self.asked.append(what)
        self.arguments[what] = arguments
        for event in self.events.get(what, ()):
            assert on_event is not None
            on_event(event)
        if what in self.fails:
            raise self.fails[what]

    def refresh(self, **arguments: Any) -> None:
        self._do("refresh", **arguments)

    def up(self, **arguments: Any) -> None:
        self._do("up", **arguments)

    def destroy(self, **arguments: Any) -> None:
        self._do("destroy", **arguments)

    def remove_stack(self, name: str, *, preserve_config: bool) -> None:
        self._do(f"remove {name}")

    def export_stack(self) -> automation.Deployment:
        return automation.Deployment(version=3, deployment={"resources": self.resources})

    def opened(self, how: str) -> Callable[..., FakeStack]:
        """`create_or_select_stack` or `select_stack`."""

        def open_stack(name: str, *, project_name: str, program: object, opts: Any) -> FakeStack:
            self.options = {"project": project_name, "folder": Path(opts.work_dir), "environment": opts.env_vars}
            self._do(f"{how} {name}")
            return self

        return open_stack


@pytest.fixture
def pulumi(monkeypatch: pytest.MonkeyPatch) -> FakeStack:
    stack = FakeStack()
    monkeypatch.setattr(automation, "create_or_select_stack", stack.opened("open"))
    monkeypatch.setattr(automation, "select_stack", stack.opened("select"))
    for name in ("PULUMI_BACKEND_URL", "PULUMI_ACCESS_TOKEN", "PULUMI_CONFIG_PASSPHRASE"):
        monkeypatch.delenv(name, raising=False)
    return stack


@pytest.fixture
def target(tmp_path: Path) -> LoadedTarget:
    found = load_target("kettle", stack_file(tmp_path, base="prod"))
    found.keep_settings()
    return found


@pytest.fixture
def engine() -> PulumiEngine:
    return PulumiEngine(object(), {})  # type: ignore[arg-type]  # the fake stack needs no CLI


def lock(target: LoadedTarget, pid: int, host: str) -> Path:
    """A lock as Pulumi leaves it when it is killed."""
    file = target.directory / "pulumi" / ".pulumi" / "locks" / "organization" / "monitoring" / "kettle" / "1.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"pid": pid, "hostname": host, "username": "me"}), encoding="utf-8")
    return file


def ended_process() -> int:
    """The id of a process that is no more."""
    child = os.fork()
    if not child:
        os._exit(0)
    os.waitpid(child, 0)
    return child


def test_an_up_looks_before_it_changes_anything(pulumi: FakeStack, engine: PulumiEngine, target: LoadedTarget) -> None:
    assert not engine.up(target)
    assert pulumi.asked == ["open kettle", "refresh", "up"]
    assert pulumi.arguments["refresh"]["clear_pending_creates"] is True
    assert pulumi.arguments["up"]["replace"] == []


def test_what_was_changed_is_told_and_counts(
    pulumi: FakeStack, engine: PulumiEngine, target: LoadedTarget, capsys: pytest.CaptureFixture[str]
) -> None:
    pulumi.events = {"refresh": [changed("delete", "core/v1:Service", "grafana")], "up": [changed("update")]}
    assert engine.up(target)
    assert capsys.readouterr().err == (
        "    is gone, not by this program: Service grafana\n    updated StatefulSet prometheus\n"
    )


def test_what_was_only_seen_is_no_change(pulumi: FakeStack, engine: PulumiEngine, target: LoadedTarget) -> None:
    pulumi.events = {"refresh": [changed("update")], "up": [changed("same")]}
    assert not engine.up(target)


def test_resources_are_replaced_by_urn(pulumi: FakeStack, engine: PulumiEngine, target: LoadedTarget) -> None:
    engine.up(target, ["urn:pulumi:kettle::monitoring::a::b"])
    assert pulumi.arguments["up"]["replace"] == ["urn:pulumi:kettle::monitoring::a::b"]


def test_what_cannot_follow_the_settings_is_a_mistake_before_anything_is_changed(
    pulumi: FakeStack, engine: PulumiEngine, target: LoadedTarget
) -> None:
    pulumi.resources = [SHRUNK]
    with pytest.raises(ConfigurationError, match=r"prometheus\.storage: found '100Gi' for the claim") as mistakes:
        engine.up(target)
    assert mistakes.value.source == "Pulumi.kettle.yaml"
    assert "up" not in pulumi.asked


def test_the_stack_file_that_pulumi_writes_its_salt_into_is_not_the_owners(
    pulumi: FakeStack, engine: PulumiEngine, target: LoadedTarget
) -> None:
    owners = target.file.read_bytes()
    engine.up(target)
    written = pulumi.options["folder"] / "Pulumi.kettle.yaml"
    with written.open("a", encoding="utf-8") as file:
        file.write("encryptionsalt: v1:salt\n")
    assert target.file.read_bytes() == owners
    target.keep_settings()
    engine.up(target)
    assert "encryptionsalt: v1:salt" in written.read_text(encoding="utf-8")


def test_a_failure_is_one_sentence(pulumi: FakeStack, engine: PulumiEngine, target: LoadedTarget) -> None:
    pulumi.fails = {"up": failed(automation.CommandError, "error: update failed")}
    with pytest.raises(Failure) as failure:
        engine.up(target)
    assert str(failure.value) == (
        "Pulumi failed on stack kettle, its message is above: mend it and run the command again, what is done already"
        " stays. update failed"
    )


def test_a_run_of_somebody_else_is_named_as_such(pulumi: FakeStack, engine: PulumiEngine, target: LoadedTarget) -> None:
    pulumi.fails = {"refresh": failed(automation.ConcurrentUpdateError, "error: the stack is currently locked by 1")}
    with pytest.raises(Failure, match=r"Another run is changing stack kettle.*`pulumi cancel --stack kettle`"):
        engine.up(target)


def test_the_lock_of_a_run_that_was_killed_is_removed(
    pulumi: FakeStack, engine: PulumiEngine, target: LoadedTarget, capsys: pytest.CaptureFixture[str]
) -> None:
    left = lock(target, ended_process(), socket.gethostname())
    engine.up(target)
    assert not left.exists()
    assert "the last run was killed: going on from where it stopped" in capsys.readouterr().err


def test_the_lock_of_a_run_that_nobody_has_buried_is_removed_too(
    pulumi: FakeStack, engine: PulumiEngine, target: LoadedTarget
) -> None:
    child = os.fork()
    if not child:
        os._exit(0)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)  # it has ended, and stays in the list of processes
    left = lock(target, child, socket.gethostname())
    try:
        engine.up(target)
    finally:
        os.waitpid(child, 0)
    assert not left.exists()


@pytest.mark.parametrize("written", ["", '{"version": 3, "check'])
def test_a_state_that_the_killed_run_had_half_written_is_the_one_from_before(
    pulumi: FakeStack,
    engine: PulumiEngine,
    target: LoadedTarget,
    written: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    lock(target, ended_process(), socket.gethostname())
    state = target.directory / "pulumi" / ".pulumi" / "stacks" / "monitoring" / "kettle.json"
    state.parent.mkdir(parents=True)
    state.write_text(written, encoding="utf-8")
    state.with_name("kettle.json.bak").write_text('{"version": 3}', encoding="utf-8")
    engine.up(target)
    assert state.read_text(encoding="utf-8") == '{"version": 3}'
    assert "taking the one from before" in capsys.readouterr().err


def test_a_whole_state_stays_beside_the_one_from_before(
    pulumi: FakeStack, engine: PulumiEngine, target: LoadedTarget
) -> None:
    lock(target, ended_process(), socket.gethostname())
    state = target.directory / "pulumi" / ".pulumi" / "stacks" / "monitoring" / "kettle.json"
    state.parent.mkdir(parents=True)
    state.write_text('{"version": 4}', encoding="utf-8")
    state.with_name("kettle.json.bak").write_text('{"version": 3}', encoding="utf-8")
    engine.up(target)
    assert state.read_text(encoding="utf-8") == '{"version": 4}'


@pytest.mark.parametrize(
    ("pid", "host"), [(os.getpid(), socket.gethostname()), (1, "another-machine")], ids=["here", "elsewhere"]
)
def test_the_lock_of_a_run_that_may_be_alive_stays(
    pulumi: FakeStack, engine: PulumiEngine, target: LoadedTarget, pid: int, host: str
) -> None:
    held = lock(target, pid, host)
    engine.up(target)
    assert held.exists()


def test_an_interrupt_is_left_to_the_engine(
    pulumi: FakeStack, engine: PulumiEngine, target: LoadedTarget, capsys: pytest.CaptureFixture[str]
) -> None:
    before = signal.getsignal(signal.SIGINT)
    pulumi.events = {"up": [changed("update")]}
    original = pulumi.up

    def interrupted(**arguments: Any) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        original(**arguments)

    pulumi.up = interrupted  # type: ignore[method-assign]
    assert engine.up(target)
    assert "interrupted: ending what is being done now" in capsys.readouterr().err
    assert signal.getsignal(signal.SIGINT) is before


def test_destroy_removes_the_resources_and_then_the_state(
    pulumi: FakeStack, engine: PulumiEngine, target: LoadedTarget
) -> None:
    assert engine.destroy(target)
    assert pulumi.asked == ["select kettle", "destroy", "remove kettle"]


def test_there_is_nothing_to_destroy_where_the_backend_knows_no_such_stack(
    pulumi: FakeStack, engine: PulumiEngine, target: LoadedTarget
) -> None:
    pulumi.fails = {"select kettle": failed(automation.StackNotFoundError)}
    assert not engine.destroy(target)
    assert pulumi.asked == ["select kettle"]


def test_a_stack_that_another_machine_brought_up_is_destroyed_with_the_settings_of_its_file(
    pulumi: FakeStack, engine: PulumiEngine, target: LoadedTarget
) -> None:
    target.effective_file.unlink()
    engine.destroy(target)
    assert "monitoring:services" in (pulumi.options["folder"] / "Pulumi.kettle.yaml").read_text(encoding="utf-8")


def test_without_a_backend_the_state_is_in_the_stacks_folder_under_a_passphrase(
    pulumi: FakeStack, target: LoadedTarget
) -> None:
    environment = module._environment(target)
    passphrase = Path(environment["PULUMI_CONFIG_PASSPHRASE_FILE"])
    assert environment["PULUMI_BACKEND_URL"] == f"file://{target.directory}/pulumi"
    assert len(passphrase.read_text(encoding="utf-8")) > 40
    assert passphrase.stat().st_mode & 0o077 == 0
    assert module._environment(target)["PULUMI_CONFIG_PASSPHRASE_FILE"] == str(passphrase)


@pytest.mark.parametrize("name", ["PULUMI_BACKEND_URL", "PULUMI_ACCESS_TOKEN"])
def test_a_backend_of_the_callers_own_wins(
    pulumi: FakeStack, target: LoadedTarget, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    assert not has_state(target)
    monkeypatch.setenv(name, "s3://states")
    environment = module._environment(target)
    assert environment[name] == "s3://states"
    assert "PULUMI_CONFIG_PASSPHRASE_FILE" not in environment
    assert has_state(target), "only the backend knows"


def test_a_passphrase_of_the_callers_own_wins(
    pulumi: FakeStack, target: LoadedTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "mine")
    assert "PULUMI_CONFIG_PASSPHRASE_FILE" not in module._environment(target)


def test_a_state_in_the_stacks_folder_is_found(pulumi: FakeStack, target: LoadedTarget) -> None:
    state = target.directory / "pulumi" / ".pulumi" / "stacks" / "monitoring" / "kettle.json"
    state.parent.mkdir(parents=True)
    assert not has_state(target)
    state.touch()
    assert has_state(target)


def test_an_engine_has_the_folders_of_its_plugins_behind_the_callers_path(
    pulumi: FakeStack, target: LoadedTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "find_command", lambda plugins, _: (plugins, ""))
    monkeypatch.setattr(module, "find_plugins", lambda *_: ([Path("/built")], ""))
    found, _ = find_engine(target)
    assert found is not None
    folders = found.environment["PATH"].split(os.pathsep)
    assert folders.index("/built") > folders.index(os.environ["PATH"].split(os.pathsep)[-1])
    assert list(found.command) == ["kubernetes", "grafana"]  # type: ignore[call-overload]  # what stands for a CLI


def test_grafanas_plugin_is_asked_for_only_where_content_is_written_by_it(tmp_path: Path) -> None:
    grafana = {"url": "https://grafana.example.com", "content": "files"}
    target = load_target("kettle", stack_file(tmp_path, base="prod", grafana=grafana))
    assert module._plugins(target) == ("kubernetes",)


@pytest.mark.parametrize("missing", ["command", "plugins"])
def test_why_there_is_no_engine_is_told(
    pulumi: FakeStack, target: LoadedTarget, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setattr(module, "find_command", lambda *_: (None if missing == "command" else object(), "no command"))
    monkeypatch.setattr(module, "find_plugins", lambda *_: (None, "no plugins"))
    assert find_engine(target) == (None, f"no {missing}")

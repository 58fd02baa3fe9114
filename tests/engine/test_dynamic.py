"""The real engine with the resources that are this project's own, which need no plugin: their life, in this order."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pulumi
import pytest
import yaml

from components.passwords import GeneratedPassword
from images.build import tool_cached
from operations import engine as module
from operations.engine import PulumiEngine, find_engine, has_state
from operations.target import LoadedTarget, load_target
from runtimes.console import Failure
from runtimes.directory import HostDirectory
from tests.engine.stack import STACK, EngineStack
from tests.stacks import stack_file
from workloads.program import Program

PASSPHRASE = "the owner's"
TOKEN = "set by the owner"
READS_TOKEN = {
    **{"name": "orders", "kind": "postgres", "target": "orders:5432", "owner": "memory"},
    **{"username": "monitor", "database": "orders", "password": "token"},
}
URN = f"urn:pulumi:{STACK}::monitoring::pulumi-python:dynamic/monitoring:GeneratedPassword::password"


@dataclass
class World:
    """A stack whose program is two directories of files, one of which holds a password and a secret of the owner."""

    target: LoadedTarget
    engine: PulumiEngine
    files: Path
    content: dict[str, str] = field(default_factory=lambda: {"a": "1", "b": "2"})
    fails: bool = False

    def program(self, _: Program, __: Mapping[str, str]) -> None:
        """What is run in place of the stack file's own program, which needs a plugin."""
        if self.fails:
            raise RuntimeError("the kettle is empty")
        password = GeneratedPassword("password")
        token = pulumi.Config().require_secret("token")
        secret = {"password": password.value, "token": token}
        for name, files in (("plain", self.content), ("secret", secret)):
            path = str(self.files / name)
            options = pulumi.ResourceOptions()
            HostDirectory(name, path=path, files=files, container="none", reload="watched", opts=options)

    def read(self, path: str) -> str:
        return (self.files / path).read_text(encoding="utf-8")

    def up(self, *replace: str) -> bool:
        self.target.keep_settings()
        return self.engine.up(self.target, replace)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    if shutil.which("pulumi") is None and tool_cached("pulumi") is None:
        pytest.skip("not compiled: pulumi (`make test` compiles it)")
    folder = tmp_path_factory.mktemp("stack")
    stack = EngineStack(stack_file(folder, STACK))
    with pytest.MonkeyPatch.context() as patch:
        for name in ("PULUMI_BACKEND_URL", "PULUMI_ACCESS_TOKEN"):
            patch.delenv(name, raising=False)
        patch.setenv("PULUMI_CONFIG_PASSPHRASE", PASSPHRASE)
        patch.setattr(module, "_plugins", lambda _: ())
        engine, why = find_engine(load_target(STACK, stack.file))
        assert engine is not None, why
        encrypt(stack.file, engine, folder / "owners-backend")
        stack.edit(lambda config: config["monitoring:services"].append(READS_TOKEN))
        made = World(load_target(STACK, stack.file), engine, folder / "files")
        patch.setattr(module, "run", made.program)
        yield made


def encrypt(file: Path, engine: PulumiEngine, backend: Path) -> None:
    """What the owner of the stack file does: `pulumi config set --secret token …`, in a backend of their own."""
    backend.mkdir()
    (file.parent / "Pulumi.yaml").write_text(yaml.safe_dump({"name": "monitoring", "runtime": "python"}))
    environment = {**engine.environment, "PULUMI_BACKEND_URL": f"file://{backend}"}
    for arguments in (["stack", "init", STACK], ["config", "set", "--secret", "token", TOKEN, "--stack", STACK]):
        command = [shutil.which(engine.command.command) or engine.command.command, *arguments, "--non-interactive"]
        subprocess.run(command, cwd=file.parent, env=environment, check=True, capture_output=True)
    assert "encryptionsalt" in file.read_text(encoding="utf-8")


def told(capfd: pytest.CaptureFixture[str]) -> list[str]:
    """What was said, but for what a slow machine is busy with."""
    return [line for line in capfd.readouterr().err.splitlines() if not line.startswith("    working on ")]


def test_up_makes_what_the_program_says_with_the_owners_secrets(world: World) -> None:
    owners = world.target.file.read_bytes()
    assert world.up()
    assert (world.read("plain/a"), world.read("plain/b")) == ("1", "2")
    assert world.read("secret/token") == TOKEN
    assert re.fullmatch(r"[A-Za-z0-9]{32}", world.read("secret/password"))
    assert world.target.file.read_bytes() == owners


def test_no_secret_can_be_read_in_the_state(world: World) -> None:
    files = [path for path in (world.target.directory / "pulumi").rglob("*") if path.is_file()]
    kept = "".join(path.read_text(encoding="utf-8", errors="replace") for path in files)
    assert "HostDirectory" in kept
    assert world.read("secret/password") not in kept
    assert TOKEN not in kept
    assert "$2b$" not in kept, "nor the bcrypt hash of one"


def test_a_second_up_changes_nothing(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    before = world.read("secret/password")
    assert not world.up()
    assert world.read("secret/password") == before
    assert told(capfd) == []


def test_a_change_updates_what_it_is_of(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    world.content["a"] = "3"
    assert world.up()
    assert world.read("plain/a") == "3"
    assert told(capfd) == ["    updated HostDirectory plain"]


def test_what_somebody_changed_is_put_right(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    file = world.files / "plain" / "b"
    file.unlink()
    file.write_text("by hand", encoding="utf-8")
    assert world.up()
    assert world.read("plain/b") == "2"
    assert told(capfd) == [
        "    was changed, not by this program: HostDirectory plain",
        "    updated HostDirectory plain",
    ]


def test_a_password_is_made_anew_when_it_is_asked_for_and_its_readers_follow(world: World) -> None:
    before = world.read("secret/password")
    assert world.up(URN)
    assert world.read("secret/password") != before
    assert world.read("secret/token") == TOKEN
    assert not world.up()


def test_a_program_that_fails_changes_nothing_and_is_one_sentence(
    world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    before = world.read("secret/password")
    world.fails = True
    with pytest.raises(Failure, match=f"^Pulumi failed on stack {STACK}, its message is above"):
        world.up()
    world.fails = False
    assert "the kettle is empty" in capfd.readouterr().err
    assert not world.up()
    assert world.read("secret/password") == before


def test_destroy_leaves_nothing_behind(world: World) -> None:
    assert has_state(world.target)
    assert world.engine.destroy(world.target)
    assert not (world.files / "plain").exists()
    assert not (world.files / "secret").exists()
    assert not has_state(world.target)
    assert not world.engine.destroy(world.target)


def test_a_backend_of_the_callers_own_has_the_stack(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{tmp_path}")
    engine, why = find_engine(world.target)
    assert engine is not None, why
    world.target.keep_settings()
    assert engine.up(world.target)
    assert [path.name for path in (tmp_path / ".pulumi" / "stacks").rglob(f"{STACK}.json")] == [f"{STACK}.json"]
    world.target.effective_file.unlink()
    assert has_state(world.target)
    assert engine.destroy(world.target)
    assert not any((tmp_path / ".pulumi" / "stacks").rglob(f"{STACK}.json"))
    assert not (world.files / "plain").exists()

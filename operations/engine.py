"""The Pulumi engine on a stack: Pulumi's Automation API with the program of `__main__.py` inline."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi.automation as automation

from components.grafana import provider_url
from operations.installation import find_command, find_plugins
from operations.progress import EngineProgress
from operations.target import ROOT
from program.run import run
from runtimes import runtime_kind
from runtimes.console import Failure, note, quoted
from runtimes.operations import Target
from runtimes.secrets import KEPT, LocalSecrets, secrets_of_owner
from settings.errors import ConfigurationError
from settings.stackfile import PROJECT

_CALLERS_BACKEND = ("PULUMI_BACKEND_URL", "PULUMI_ACCESS_TOKEN")
_CALLERS_PASSPHRASE = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")


@dataclass(frozen=True)
class PulumiEngine:
    """A Pulumi CLI that can deploy the stack, with the environment it needs."""

    command: automation.PulumiCommand
    environment: Mapping[str, str]

    def up(self, target: Target, replace: Sequence[str] = ()) -> bool:
        """Create the stack when it is new, see what became of what it has, and make it what its settings say.

        Args:
            target: its `effective_file` is what the program reads.
            replace: URNs of resources to make anew even when nothing about them changed.

        Returns:
            False when nothing had to change.

        Raises:
            ConfigurationError: when what is there cannot follow the settings; nothing was changed then.
            Failure: when the engine fails, in one sentence below what it said itself.
        """
        given = LocalSecrets(target.directory / KEPT).values(secrets_of_owner(target.program) - target.raw.secrets_set)
        with _told_in_words(target):
            self._go_on_after_a_kill(target)
            stack = automation.create_or_select_stack(
                target.stack,
                project_name=PROJECT,
                # Handed over in this process: as settings of the engine's they would be arguments of its command.
                program=lambda: run(target.program, given),
                opts=self._workspace(target),
            )
            # Apart from the update, so that the settings are held against what is there before anything changes.
            # A creation that was interrupted is forgotten: the update finds out whether the object is there.
            seen = EngineProgress(looks_only=True)
            stack.refresh(clear_pending_creates=True, on_event=seen.tell, on_error=note, run_program=False)
            _require_possible(target, stack.export_stack())
            done = EngineProgress()
            stack.up(replace=list(replace), on_event=done.tell, on_error=note)
        return done.changes > 0

    def destroy(self, target: Target) -> bool:
        """Remove every resource and the stack's state; False when there is no such stack.

        Raises:
            Failure: when the engine fails, in one sentence below what it said itself.
        """
        if not target.effective_file.exists():
            target.keep_settings()  # brought up from another machine, in a backend that they share
        with _told_in_words(target):
            self._go_on_after_a_kill(target)
            try:
                stack = automation.select_stack(
                    target.stack,
                    project_name=PROJECT,
                    program=lambda: run(target.program),
                    opts=self._workspace(target),
                )
            except automation.StackNotFoundError:
                return False
            stack.destroy(on_event=EngineProgress().tell, on_error=note, run_program=False)
            stack.workspace.remove_stack(target.stack, preserve_config=True)
        return True

    def _workspace(self, target: Target) -> automation.LocalWorkspaceOptions:
        """A project folder of the stack's own, whose stack file is the one that is deployed.

        Pulumi writes its salt into the stack file: that must not be the one its owner keeps under version control.
        """
        folder = _state(target) / "project"
        folder.mkdir(parents=True, exist_ok=True)
        stack_file = folder / f"Pulumi.{target.stack}.yaml"
        stack_file.unlink(missing_ok=True)
        stack_file.symlink_to(target.effective_file)
        return automation.LocalWorkspaceOptions(
            work_dir=str(folder),
            env_vars=self.environment,
            pulumi_command=self.command,
            project_settings=automation.ProjectSettings(PROJECT, runtime="python", main=str(ROOT)),
        )

    def _go_on_after_a_kill(self, target: Target) -> None:
        """Remove the locks of runs that are dead, and what they had half written: who was killed could not do it."""
        if _caller_has_backend():
            return
        for lock in sorted((_state(target) / ".pulumi" / "locks").rglob("*.json")):
            if lock.parent.name == target.stack and _is_dead(json.loads(lock.read_text(encoding="utf-8"))):
                note("the last run was killed: going on from where it stopped")
                lock.unlink()
                _take_whole_state(target)


def find_engine(target: Target) -> tuple[PulumiEngine | None, str]:
    """The engine for a stack, or None and why there is none."""
    environment = _environment(target)
    command, why = find_command(_plugins(target), environment)
    if command is None:
        return None, why
    folders, why = find_plugins(_plugins(target), command, environment)
    if folders is None:
        return None, why
    # Last: what the caller has on PATH wins.
    environment["PATH"] = os.pathsep.join([environment["PATH"], *map(str, folders)])
    return PulumiEngine(command, environment), ""


def has_state(target: Target) -> bool:
    """Whether an engine may know the stack: its state is in the stack's folder, or in a backend of the caller's own."""
    return _caller_has_backend() or any((_state(target) / ".pulumi" / "stacks").rglob(f"{target.stack}.json"))


def _plugins(target: Target) -> tuple[str, ...]:
    writes_content = provider_url(target.program) is not None
    return (target.program.settings.runtime_section.package, *(["grafana"] if writes_content else []))


def _state(target: Target) -> Path:
    return target.directory / "pulumi"


def _take_whole_state(target: Target) -> None:
    """Put the engine's copy of the state from before in the place of one that is not whole."""
    for state in (_state(target) / ".pulumi" / "stacks").rglob(f"{target.stack}.json"):
        before = state.with_name(f"{state.name}.bak")
        if not _is_whole(state) and before.exists():
            note("it was killed while it wrote the state: taking the one from before")
            copied = state.with_name(f".{state.name}.copied")
            shutil.copy(before, copied)
            copied.replace(state)


def _is_whole(state: Path) -> bool:
    try:
        json.loads(state.read_text(encoding="utf-8"))
    except ValueError:
        return False
    return True


def _caller_has_backend() -> bool:
    return any(name in os.environ for name in _CALLERS_BACKEND)


def _environment(target: Target) -> dict[str, str]:
    """The caller's environment; without a backend of their own, the state is kept in the stack's folder."""
    environment = {
        **os.environ,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        # A plugin that is missing is an error that names it, not a download that nobody sees.
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        # Dynamic resources run by this Python, and their providers are modules of this tree.
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        "PYTHONPATH": str(ROOT),
    }
    if _caller_has_backend():
        return environment
    state = _state(target)
    state.mkdir(parents=True, exist_ok=True)
    target.directory.chmod(0o700)
    environment["PULUMI_BACKEND_URL"] = f"file://{state}"
    if not any(name in environment for name in _CALLERS_PASSPHRASE):
        passphrase = state / "passphrase"
        if not passphrase.exists():
            passphrase.touch(mode=0o600)
            passphrase.write_text(secrets.token_urlsafe(32), encoding="utf-8")
        environment["PULUMI_CONFIG_PASSPHRASE_FILE"] = str(passphrase)
    return environment


def _require_possible(target: Target, state: automation.Deployment) -> None:
    made: Sequence[Mapping[str, Any]] = (state.deployment or {}).get("resources") or ()
    mistakes = list(runtime_kind(target.program.settings.runtime).impossible(target.program, made))
    if mistakes:
        raise ConfigurationError(target.file.name, mistakes)


def _is_dead(lock: Mapping[str, Any]) -> bool:
    """Whether the run that took the lock was on this machine, and is no more."""
    if lock.get("hostname") != socket.gethostname():
        return False
    pid = int(lock["pid"])
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return _is_only_a_name(pid)


def _is_only_a_name(pid: int) -> bool:
    """Whether the process has ended and nobody has asked how: in a container, where nobody may ever ask."""
    try:
        # The state follows the program's name, which is in brackets and may hold anything.
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state in ("Z", "X")


@contextmanager
def _told_in_words(target: Target) -> Iterator[None]:
    """Failures as sentences; an interrupt is the engine's to answer: it ends what it is doing, and keeps its state."""
    before = signal.signal(signal.SIGINT, lambda _signal, _frame: note("interrupted: ending what is being done now"))
    try:
        yield
    except automation.ConcurrentUpdateError as error:
        raise Failure(
            f"Another run is changing stack {target.stack}, or one was killed. Wait for it; if there is none, run"
            f" `pulumi cancel --stack {target.stack}` and then this command again. Pulumi says: {_said(error)}"
        ) from error
    except automation.CommandError as error:
        raise Failure(
            f"Pulumi failed on stack {target.stack}, its message is above: mend it and run the command again, what is"
            f" done already stays. {_said(error)}".rstrip()
        ) from error
    finally:
        signal.signal(signal.SIGINT, before)


def _said(error: automation.CommandError) -> str:
    """What Pulumi wrote to standard error: nothing, when the failure was an update's."""
    return quoted(str(error).partition("\n stderr: ")[2].removeprefix("error: "))

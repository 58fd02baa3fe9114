"""The Pulumi engine: finding or installing the CLI and its plugins, and running it on a stack."""

from __future__ import annotations

import importlib.metadata
import os
import secrets
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pulumi.automation as automation

from images.cache import cache_root
from operations.target import ROOT
from runtimes.console import Failure, note, step
from runtimes.operations import Target

_INSTALL_SECONDS = 600
# SDKs that are not called after their package.
_SDKS = {"grafana": "pulumiverse-grafana"}


@dataclass(frozen=True)
class Engine:
    """A Pulumi CLI that can deploy the stack, with the environment it needs."""

    command: Path
    environment: Mapping[str, str]

    def up(self, target: Target) -> bool:
        """Create the stack when it is new, then bring it up. `--refresh` sees containers that were stopped."""
        self._run(target, "stack", "select", "--create", target.stack)
        self._run(target, "up", "--yes", "--refresh", "--stack", target.stack)
        return True

    def destroy(self, target: Target) -> None:
        """Remove every resource and the stack's state."""
        self._run(target, "destroy", "--yes", "--stack", target.stack)
        self._run(target, "stack", "rm", "--yes", "--preserve-config", target.stack)

    def _run(self, target: Target, *arguments: str) -> None:
        command = [str(self.command), *arguments, "--non-interactive"]
        if subprocess.run(command, cwd=_project_folder(target), env=self.environment, check=False).returncode:
            raise Failure(
                f"`pulumi {' '.join(arguments[:2])}` failed, its message is above: mend it and run the command again,"
                " what is done already stays."
            )


def _project_folder(target: Target) -> Path:
    """The program as links, with the stack file as it is deployed.

    Pulumi writes its salt into the stack file beside `Pulumi.yaml`; in a folder of the stack's own that is not the
    file its owner keeps under version control. (`--config-file` is no way out: `stack select` does not know it.)
    """
    folder = target.directory / "project"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for path in ROOT.iterdir():
        if path.name != ".git" and not path.name.startswith("Pulumi."):
            (folder / path.name).symlink_to(path)
    shutil.copyfile(ROOT / "Pulumi.yaml", folder / "Pulumi.yaml")
    (folder / f"Pulumi.{target.stack}.yaml").symlink_to(target.effective_file)
    return folder


def find_engine(target: Target) -> tuple[Engine | None, str]:
    """The engine for a stack, or None and why there is none."""
    command = shutil.which("pulumi") or _installed_cli()
    if command is None:
        return None, "the Pulumi CLI is not installed and cannot be downloaded here"
    environment = _environment(target, Path(command))
    for plugin in _plugins(target):
        if not _has_plugin(plugin, command, environment):
            return None, f"the Pulumi plugin {plugin} is not installed and cannot be downloaded here"
    return Engine(Path(command), environment), ""


def has_state(target: Target) -> bool:
    """Whether the stack was brought up by an engine whose state is in the stack's folder."""
    return any((target.directory / "pulumi" / ".pulumi" / "stacks").rglob(f"{target.stack}.json"))


def _plugins(target: Target) -> Iterable[str]:
    settings = target.program.settings
    yield settings.place.package
    yield "random"
    if settings.grafana.content == "provider" and "grafana" not in target.program.missing:
        yield "grafana"


def _installed_cli() -> str | None:
    root = cache_root() / "pulumi"
    command = root / "bin" / "pulumi"
    if not command.exists():
        step("The Pulumi CLI is missing: installing it")
        try:
            automation.PulumiCommand.install(root=str(root))
        except Exception as error:  # the SDK lets whatever its download raised through
            note(f"not installed: {str(error).splitlines()[0][:160] if str(error) else type(error).__name__}")
    return str(command) if command.exists() else None


def _has_plugin(plugin: str, command: str, environment: Mapping[str, str]) -> bool:
    if shutil.which(f"pulumi-resource-{plugin}", path=environment["PATH"]):
        return True
    version = importlib.metadata.version(_SDKS.get(plugin, f"pulumi-{plugin}"))
    arguments = [command, "plugin", "install", "resource", plugin, version]
    if plugin == "grafana":
        arguments += ["--server", "github://api.github.com/pulumiverse"]
    note(f"Pulumi plugin {plugin} {version}")
    try:
        done = subprocess.run(
            arguments, env=environment, capture_output=True, text=True, check=False, timeout=_INSTALL_SECONDS
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def _environment(target: Target, command: Path) -> dict[str, str]:
    """The caller's environment; without a backend of their own, the state is kept in the stack's folder."""
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    environment["PATH"] = os.pathsep.join([str(command.parent), environment.get("PATH", "")])
    if "PULUMI_BACKEND_URL" in environment or "PULUMI_ACCESS_TOKEN" in environment:
        return environment
    state = target.directory / "pulumi"
    state.mkdir(parents=True, exist_ok=True)
    target.directory.chmod(0o700)
    passphrase = state / "passphrase"
    if not passphrase.exists():
        passphrase.touch(mode=0o600)
        passphrase.write_text(secrets.token_urlsafe(32), encoding="utf-8")
    environment["PULUMI_BACKEND_URL"] = f"file://{state}"
    environment["PULUMI_CONFIG_PASSPHRASE_FILE"] = str(passphrase)
    return environment

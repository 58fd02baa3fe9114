"""Where the Pulumi CLI and its plugins come from: PATH, a download, or built from their Go modules."""

from __future__ import annotations

import importlib.metadata
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pulumi.automation as automation

from images.build import tool_cached, tool_path
from images.cache import cache_root
from runtimes.console import note, quoted, step

# SDKs that are not called after their plugin.
_SDKS = {"grafana": "pulumiverse-grafana"}
_SERVERS = {"grafana": "github://api.github.com/pulumiverse"}
# Plugins whose Go module can be had; the others come from upstream only.
_BUILT = {"kubernetes": "pulumi-resource-kubernetes"}
_INSTEAD = {"grafana": " (with grafana.content: files there is no need of it)"}


def find_command(plugins: Sequence[str], environment: Mapping[str, str]) -> tuple[automation.PulumiCommand | None, str]:
    """The CLI: the caller's own, else upstream's, else one that is built here.

    Nothing is built for a stack that also needs a plugin which is not there and cannot be built.

    Returns:
        The CLI, or None and why there is none.

    Raises:
        ImagesError: when it could not be built.
    """
    if shutil.which("pulumi"):
        return automation.PulumiCommand(), ""
    unobtainable = [plugin for plugin in plugins if plugin not in _BUILT and not _on_path(plugin, environment)]
    # What was built once serves without asking for a download again, unless a plugin has to come from there too.
    if unobtainable or not tool_cached("pulumi"):
        downloaded = _downloaded()
        if downloaded:
            return downloaded, ""
    if unobtainable:
        return None, _missing(unobtainable[0])
    return _built(), ""


def find_plugins(
    plugins: Iterable[str], command: automation.PulumiCommand, environment: Mapping[str, str]
) -> tuple[Sequence[Path] | None, str]:
    """See that every plugin is there: on PATH, installed, downloaded now, or built.

    Returns:
        Folders to add to PATH, or None and what is missing.

    Raises:
        ImagesError: when one could not be built.
    """
    folders: list[Path] = []
    for plugin in plugins:
        built = _BUILT.get(plugin)
        if _on_path(plugin, environment):
            continue
        if built and (cached := tool_cached(built)):
            folders.append(cached.parent)
        elif not _installed(plugin, command, environment):
            if not built:
                return None, _missing(plugin)
            folders.append(tool_path(built).parent)
    return folders, ""


def _on_path(plugin: str, environment: Mapping[str, str]) -> bool:
    return shutil.which(f"pulumi-resource-{plugin}", path=environment["PATH"]) is not None


def _missing(plugin: str) -> str:
    return f"the Pulumi plugin {plugin} is not installed and cannot be downloaded here{_INSTEAD.get(plugin, '')}"


def _downloaded() -> automation.PulumiCommand | None:
    """Upstream's CLI of the SDK's version, kept in the cache."""
    root = cache_root() / "pulumi"
    try:
        if not (root / "bin" / "pulumi").exists():
            step("The Pulumi CLI is missing: installing it")
        return automation.PulumiCommand.install(root=str(root))
    except Exception as error:  # the SDK lets whatever its download raised through
        note(f"not installed: {quoted(str(error)) or type(error).__name__}")
    return None


def _built() -> automation.PulumiCommand:
    """The CLI from its Go module, under the path that the SDK expects below a root.

    The launcher of dynamic resources is beside it, as with upstream's: the SDK puts that folder on PATH.
    """
    root = cache_root() / "pulumi-built"
    root.mkdir(parents=True, exist_ok=True)
    link, folder = root / "bin", tool_path("pulumi").parent
    if not link.is_symlink() or link.readlink() != folder:
        link.unlink(missing_ok=True)
        link.symlink_to(folder)
    return automation.PulumiCommand(root=str(root))


def _installed(plugin: str, command: automation.PulumiCommand, environment: Mapping[str, str]) -> bool:
    """Whether Pulumi has the plugin of its package's version, after a download if need be."""
    version = importlib.metadata.version(_SDKS.get(plugin, f"pulumi-{plugin}"))
    note(f"Pulumi plugin {plugin} {version}")
    workspace = automation.LocalWorkspace(str(cache_root()), pulumi_command=command, env_vars=environment)
    try:
        if plugin in _SERVERS:
            workspace.install_plugin_from_server(plugin, version, _SERVERS[plugin])
        else:
            workspace.install_plugin(plugin, version)
    except automation.CommandError:
        return False
    return True

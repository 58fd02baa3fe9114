"""Where the Pulumi CLI and its plugins are taken from, in which order, without a network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi.automation as automation
import pytest

from operations import installation
from operations.installation import find_command, find_plugins


class World:
    """What is on this machine, and what can be had."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self.bin, self.cache = folder / "bin", folder / "cache"
        self.bin.mkdir()
        self.built: list[str] = []
        self.downloads = False
        self.installed: list[str] = []
        self.compiled: set[str] = set()
        self.environment = {"PATH": str(self.bin)}
        monkeypatch.setenv("PATH", str(self.bin))
        monkeypatch.setattr(installation, "cache_root", lambda: self.cache)
        monkeypatch.setattr(installation, "tool_path", self._build)
        monkeypatch.setattr(installation, "tool_cached", self._cached)
        monkeypatch.setattr(automation, "PulumiCommand", self._command)
        self._command.install = self._install  # type: ignore[attr-defined]
        monkeypatch.setattr(automation, "LocalWorkspace", lambda *_, **__: self)

    class _command:  # noqa: N801  # stands for the SDK's class
        def __init__(self, root: str | None = None) -> None:
            self.root = root

    def _install(self, root: str) -> Any:
        if not self.downloads:
            raise OSError("Name or service\nnot known")
        return self._command(root)

    def _build(self, name: str) -> Path:
        self.built.append(name)
        return self.cache / "tools" / name

    def _cached(self, name: str) -> Path | None:
        return self.cache / "tools" / name if name in self.compiled else None

    def install_plugin(self, name: str, version: str) -> None:
        if not self.downloads:
            raise automation.CommandError(automation.CommandResult("", "no such host", 255))
        self.installed.append(f"{name} {version}")

    def install_plugin_from_server(self, name: str, version: str, server: str) -> None:
        self.install_plugin(f"{server} {name}", version)

    def put_on_path(self, name: str) -> None:
        (self.bin / name).touch(mode=0o755)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> World:
    return World(monkeypatch, tmp_path)


def command(world: World, *plugins: str) -> tuple[Any, str]:
    return find_command(plugins, world.environment)


def test_the_callers_own_cli_wins(world: World) -> None:
    world.put_on_path("pulumi")
    found, _ = command(world, "docker")
    assert found.root is None


def test_upstreams_cli_is_downloaded_where_it_can_be(world: World) -> None:
    world.downloads = True
    found, _ = command(world, "docker")
    assert found.root == str(world.cache / "pulumi")
    assert world.built == []


def test_elsewhere_the_cli_is_built_and_found_where_the_sdk_looks(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        found, _ = command(world, "kubernetes")
    assert Path(found.root, "bin").readlink() == world.cache / "tools"
    assert "not installed: Name or service not known" in capsys.readouterr().err


def test_what_was_built_once_is_used_without_asking_for_a_download(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.compiled = {"pulumi", "pulumi-resource-kubernetes"}
    world.downloads = True
    found, _ = command(world, "kubernetes")
    assert found.root == str(world.cache / "pulumi-built")
    assert find_plugins(["kubernetes"], found, world.environment) == ([world.cache / "tools"], "")
    assert world.installed == []
    assert capsys.readouterr().err == ""


def test_a_plugin_that_only_upstream_has_is_downloaded_with_the_cli_even_where_one_was_built(world: World) -> None:
    world.compiled = {"pulumi"}
    world.downloads = True
    found, _ = command(world, "docker")
    assert found.root == str(world.cache / "pulumi")


def test_nothing_is_built_for_a_plugin_that_cannot_be_had(world: World) -> None:
    assert command(world, "docker") == (
        None,
        "the Pulumi plugin docker is not installed and cannot be downloaded here",
    )
    assert world.built == []


def test_a_plugin_on_path_is_as_good_as_one_that_can_be_had(world: World) -> None:
    world.put_on_path("pulumi-resource-docker")
    found, _ = command(world, "docker")
    assert found is not None
    assert find_plugins(["docker"], found, world.environment) == ([], "")
    assert world.installed == []


def test_plugins_are_downloaded_in_the_version_of_their_package(world: World) -> None:
    world.downloads = True
    assert find_plugins(["docker", "grafana"], automation.PulumiCommand(), world.environment) == ([], "")
    assert world.installed == ["docker 5.1.0", "github://api.github.com/pulumiverse grafana 2.38.0"]


def test_a_plugin_that_can_be_built_is_built_where_none_can_be_downloaded(world: World) -> None:
    folders, _ = find_plugins(["kubernetes"], automation.PulumiCommand(), world.environment)
    assert folders == [world.cache / "tools"]
    assert world.built == ["pulumi-resource-kubernetes"]


def test_grafanas_plugin_can_be_done_without(world: World) -> None:
    assert find_plugins(["grafana"], automation.PulumiCommand(), world.environment) == (
        None,
        "the Pulumi plugin grafana is not installed and cannot be downloaded here (with grafana.content: files there is"
        " no need of it)",
    )

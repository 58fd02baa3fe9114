"""What operators' commands say when a step fails, and what they write, without a Docker daemon."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from docker.errors import DockerException, ImageNotFound

from operations import host, up
from operations.target import Target, load_target
from runtimes.console import Failure
from settings.errors import ConfigurationError

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def target(tmp_path: Path) -> Target:
    """The dev stack under another name, with its folder in a temporary place."""
    document = yaml.safe_load((ROOT / "Pulumi.dev.yaml").read_text(encoding="utf-8"))
    document["config"]["monitoring:docker"] = {"directory": str(tmp_path / "state")}
    file = tmp_path / "Pulumi.kettle.yaml"
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    return load_target("kettle", file)


def client(*, images: frozenset[str] = frozenset(), containers: tuple[Any, ...] = ()) -> Any:
    """A Docker client that knows these images and these running containers."""

    def image(reference: str) -> object:
        if reference not in images:
            raise ImageNotFound(reference)
        return SimpleNamespace(id=reference)

    return SimpleNamespace(
        info=lambda: {"DockerRootDir": "/"},
        images=SimpleNamespace(get=image),
        containers=SimpleNamespace(list=lambda filters: list(containers)),
    )


def test_a_docker_that_does_not_answer_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise DockerException("connection refused\nand more")

    monkeypatch.setattr("docker.from_env", refuse)
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(Failure) as failure:
        host.ensure_docker()
    assert str(failure.value) == (
        "Docker does not answer (connection refused): start it (Docker Desktop, or `systemctl start docker`)"
        " and run the command again."
    )


def test_root_on_another_system_than_debian_is_told_to_install_docker(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise DockerException("no socket")

    monkeypatch.setattr("docker.from_env", refuse)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(Failure, match="Docker is not installed and this is no Debian or Ubuntu: install Docker"):
        host.ensure_docker()


def test_a_nearly_full_disk_is_refused_with_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=3 * 1024**3))
    with pytest.raises(Failure) as failure:
        host.check_room(client())
    assert str(failure.value) == (
        "Only 3.0 GiB are free on the disk of /, 8 GiB are needed: free some (`docker system df` shows what Docker"
        " holds) and run the command again."
    )


def test_a_disk_with_room_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=9 * 1024**3))
    host.check_room(client())


def test_every_taken_port_is_named_with_its_component(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "_is_free", lambda port: port not in {9090, 4317})
    with pytest.raises(Failure) as failure:
        host.check_ports(client(), "kettle", target.program.workloads)
    assert str(failure.value) == (
        "Taken on 127.0.0.1: 4317 (collector-gateway), 9090 (prometheus). Stop what listens there (`ss -ltnp` shows"
        " it) or choose other ports under monitoring:docker.ports, then run the command again."
    )


def test_the_stacks_own_ports_are_not_taken(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "_is_free", lambda port: port != 9090)
    own = SimpleNamespace(ports={"9090/tcp": [{"HostIp": "127.0.0.1", "HostPort": "9090"}], "1/tcp": None})
    host.check_ports(client(containers=(own,)), "kettle", target.program.workloads)


def test_a_port_in_use_is_seen_for_real() -> None:
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", 0))
        squatter.listen()
        assert not host._is_free(squatter.getsockname()[1])
    assert host._is_free(squatter_port := _unused_port()), squatter_port


def _unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_where_no_registry_answers_images_are_built_and_the_rest_is_left_out(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[str] = []
    monkeypatch.setattr(up, "registry_answers", lambda: False)
    monkeypatch.setattr(up, "build_images", lambda names, report: built.extend(names))
    monkeypatch.setattr(up, "_missing_images", lambda _target, _client: set() if built else {"loki"})
    found = up.with_images(target, client())
    assert found.program.settings.images.source == "built"
    assert set(found.program.missing) == {"grafana", "tempo"}
    assert "busybox" in built
    assert not {"grafana", "tempo"} & set(built)


def test_what_could_not_be_pulled_is_named(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(up, "registry_answers", lambda: True)
    monkeypatch.setattr(up, "build_images", lambda names, report: None)
    monkeypatch.setattr(up, "pull", lambda names, report: {"loki": "timed out"})
    with pytest.raises(Failure) as failure:
        up.with_images(target, client())
    assert str(failure.value) == (
        "Not pulled: loki. Check the network and run the command again; what is pulled stays."
    )


def test_images_that_are_there_need_no_registry(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(up, "_missing_images", lambda _target, _client: set())
    monkeypatch.setattr(up, "registry_answers", lambda: pytest.fail("nobody should be asked"))
    assert up.with_images(target, client()) is target


def test_the_effective_file_says_where_images_come_from_and_keeps_pulumis_salt(target: Target) -> None:
    target.directory.mkdir(parents=True)
    target.effective_file.write_text("encryptionsalt: v1:salt\nconfig: {}\n", encoding="utf-8")
    target.with_image_source("built").write_effective_file()
    document = yaml.safe_load(target.effective_file.read_text(encoding="utf-8"))
    assert document["encryptionsalt"] == "v1:salt"
    assert document["config"]["monitoring:images"] == {"source": "built"}
    assert document["config"]["monitoring:services"][0]["name"] == "memory-api"
    assert target.directory.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("name", ["Dev", "a b", "../x", ""])
def test_an_unusable_stack_name_is_refused(name: str) -> None:
    with pytest.raises(Failure, match="is no stack name: use lower-case letters, digits and dashes"):
        load_target(name, ROOT / "Pulumi.dev.yaml")


def test_a_stack_without_a_file_says_so() -> None:
    with pytest.raises(ConfigurationError, match=r"Copy Pulumi\.dev\.yaml and edit its services"):
        load_target("nowhere")

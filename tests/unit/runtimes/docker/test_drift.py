"""What differs between a stack and Docker: each kind of change that somebody can make behind the program's back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import docker
import pytest
from docker.errors import DockerException

from operations.target import LoadedTarget, load_target
from runtimes.capture import CapturedResource
from runtimes.docker.compose import has_project
from runtimes.docker.drift import areas, areas_of
from runtimes.docker.render import CONTAINER, NETWORK, PROJECT_FILE, VOLUME, compose_text, project_files
from runtimes.docker.settings import offset_of
from runtimes.drift import Difference
from runtimes.files import write_directory
from runtimes.health import CouldNotRunError, NoAnswerError
from runtimes.secrets import LocalSecrets
from tests.fakes import FakeContainer, FakeDaemon, Removable
from tests.stacks import stack_file
from tests.unit.runtimes.docker.inspected import inspected

PREFIX = "monitoring-kettle"
ALERTMANAGER = f"{PREFIX}-alertmanager"
UP = "make up STACK=kettle"


@dataclass
class Deployed:
    """A stack that runs as its program says, until a test changes something."""

    target: LoadedTarget
    captured: Sequence[CapturedResource]
    inspected: dict[str, dict[str, Any]]
    volumes: dict[str, Removable]
    networks: dict[str, Removable]
    images: dict[str, str]
    further: list[FakeContainer] = field(default_factory=list)

    @property
    def daemon(self) -> Any:
        found = [FakeContainer(name, further=attrs) for name, attrs in self.inspected.items()]
        return FakeDaemon([*found, *self.further], self.images, self.volumes, self.networks)

    def differences(self) -> list[Difference]:
        return [found for area in areas_of(self.target, self.daemon) for found in area.compare().differences]

    def only(self) -> Difference:
        (found,) = self.differences()
        return found

    def write_files(self) -> None:
        """As `make up` without an engine writes them."""
        directory = self.target.directory
        for workload in self.target.program.workloads:
            if workload.config:
                write_directory(directory / "config" / workload.name, workload.config.files)
        kept = LocalSecrets(directory / "secrets.json")
        kept.ensure(
            found.name
            for workload in self.target.program.workloads
            for file in workload.secrets.values()
            for found in file.references()
        )
        for workload in self.target.program.workloads:
            if workload.secrets:
                write_directory(directory / "secrets" / workload.name, kept.files(workload))
        (directory / PROJECT_FILE).write_text(compose_text(self.captured, "kettle"), encoding="utf-8")


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    """A small stack, made and written once."""
    folder = tmp_path_factory.mktemp("drift")
    services = [{"name": "web", "kind": "http", "target": "web:8000"}]
    file = stack_file(folder, base=None, services=services, images={"source": "built"})
    target = load_target("kettle", file)
    captured = target.captured()
    inputs = {str(found.inputs["name"]): found.inputs for found in captured if found.type == CONTAINER}
    images = {str(found["image"]): f"sha256:{number:064}" for number, found in enumerate(inputs.values())}
    made = Deployed(
        target,
        captured,
        {name: inspected(found, images[found["image"]], str(target.directory)) for name, found in inputs.items()},
        {name: Removable(name) for name in names(captured, VOLUME)},
        {name: Removable(name) for name in names(captured, NETWORK)},
        images,
    )
    made.write_files()
    return made


def names(captured: Sequence[CapturedResource], type_token: str) -> list[str]:
    return [str(found.inputs["name"]) for found in captured if found.type == type_token]


@pytest.fixture
def deployed(program: Deployed) -> Deployed:
    """The same stack, to be changed by a test: what Docker has of it is the test's own."""
    return Deployed(
        program.target,
        program.captured,
        deepcopy(program.inspected),
        dict(program.volumes),
        dict(program.networks),
        dict(program.images),
    )


@pytest.fixture
def folder(program: Deployed) -> Any:
    """The stack's folder; what a test changes in it is undone."""
    yield program.target.directory
    program.write_files()


def test_a_stack_that_runs_as_its_program_says_has_no_difference(deployed: Deployed) -> None:
    counts = {area.name: area.compare().count for area in areas_of(deployed.target, deployed.daemon)}
    assert deployed.differences() == []
    assert counts["containers"] == len(deployed.inspected) > 8
    assert counts["networks"] == 1
    assert counts["volumes"] == len(deployed.volumes)
    # And the Compose project.
    assert counts["files"] == len(project_files(deployed.captured)) + 1
    assert counts["secret files"] > 4


def test_a_container_that_is_gone(deployed: Deployed) -> None:
    del deployed.inspected[ALERTMANAGER]
    assert deployed.only() == Difference("container", ALERTMANAGER, "missing", UP)


def test_a_container_that_nobody_declared(deployed: Deployed) -> None:
    deployed.further.append(FakeContainer(f"{PREFIX}-mine"))
    deployed.further.append(FakeContainer("monitoring-other-mine", stack="other"))
    mend = f"docker rm --force {PREFIX}-mine"
    assert deployed.only() == Difference("container", f"{PREFIX}-mine", "extra", mend)


CHANGES: dict[str, tuple[Sequence[str], object, Sequence[str]]] = {
    "it was stopped": (("State", "Status"), "exited", ("state:", "- running", "+ exited")),
    "its memory limit": (("HostConfig", "Memory"), 2**26, ("memory limit in MiB:", "- 256", "+ 64")),
    "its CPUs": (("HostConfig", "NanoCpus"), 2 * 10**9, ("CPUs:", "- 0.5", "+ 2.0")),
    "its user": (("Config", "User"), "0:0", ("user:", "- 65534:65534", "+ 0:0")),
    "its root filesystem": (("HostConfig", "ReadonlyRootfs"), False, ("read-only root:", "- True", "+ False")),
    "a capability": (("HostConfig", "CapAdd"), ["CAP_SYS_ADMIN"], ("capabilities:", "- nothing", "+ ['SYS_ADMIN']")),
    "all privileges": (("HostConfig", "Privileged"), True, ("privileged:", "- False", "+ True")),
    "its restart policy": (
        ("HostConfig", "RestartPolicy"),
        {"Name": "no"},
        ("restart:", "- unless-stopped", "+ no"),
    ),
    "its networks": (
        ("NetworkSettings", "Networks"),
        {PREFIX: {}, "shop": {}},
        ("networks:", f"- ['{PREFIX}']", f"+ ['{PREFIX}', 'shop']"),
    ),
    "a host of its own": (
        ("HostConfig", "ExtraHosts"),
        ["db:10.0.0.5"],
        ("further hosts:", "- nothing", "+ ['db:10.0.0.5']"),
    ),
    "a port on all addresses": (
        ("HostConfig", "PortBindings"),
        {"9093/tcp": [{"HostIp": "", "HostPort": "9093"}]},
        ("ports:", f"- ['127.0.0.1:{9093 + offset_of('kettle')} to 9093/tcp']", "+ ['all addresses:9093 to 9093/tcp']"),
    ),
    "its health check": (("Config", "Healthcheck"), None, ("health check:",)),
    "a mount": (("Mounts",), [], ("mounts:",)),
    "its label": (("Config", "Labels", "monitoring.reload"), "restart", ("labels:",)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_container_that_somebody_changed(deployed: Deployed, change: str) -> None:
    path, value, lines = CHANGES[change]
    attrs: Any = deployed.inspected[ALERTMANAGER]
    for key in path[:-1]:
        attrs = attrs[key]
    attrs[path[-1]] = value
    found = deployed.only()
    assert (found.kind, found.name) == ("container changed", ALERTMANAGER)
    assert found.mend == f"docker rm --force {ALERTMANAGER} && {UP}"
    assert found.lines[: len(lines)] == tuple(lines)


def test_a_container_with_another_flag(deployed: Deployed) -> None:
    command = deployed.inspected[f"{PREFIX}-prometheus"]["Config"]["Cmd"]
    deployed.inspected[f"{PREFIX}-prometheus"]["Config"]["Cmd"] = [*command, "--web.enable-admin-api"]
    header, wanted, found = deployed.only().lines
    assert (header, "--web.enable-admin-api" in wanted, "--web.enable-admin-api" in found) == ("command:", False, True)


def test_a_variable_that_somebody_set_is_named_and_not_shown(deployed: Deployed) -> None:
    config = deployed.inspected[ALERTMANAGER]["Config"]
    config["Env"] = [*(config["Env"] or []), "EXTRA=hunter2"]
    assert deployed.only().lines == ("environment EXTRA:", "- nothing", "+ set (not shown)")


def test_an_image_that_was_made_anew_since(deployed: Deployed) -> None:
    reference = str(deployed.inspected[ALERTMANAGER]["Config"]["Image"])
    deployed.images[reference] = f"sha256:{'f' * 64}"
    header, wanted, found = deployed.only().lines
    assert (header, wanted) == ("image:", f"- {reference} (ffffffffffff)")
    assert found.startswith(f"+ {reference} (000000000000")


def test_a_container_of_another_image(deployed: Deployed) -> None:
    deployed.inspected[ALERTMANAGER]["Image"] = "sha256:abc"
    deployed.inspected[ALERTMANAGER]["Config"]["Image"] = "mine:1"
    assert deployed.only().lines[2] == "+ mine:1 (abc)"


def test_an_image_that_was_removed(deployed: Deployed) -> None:
    reference = str(deployed.inspected[ALERTMANAGER]["Config"]["Image"])
    del deployed.images[reference]
    assert deployed.only().lines == ("image:", f"- {reference}", "+ the machine has no image of that name")


def test_a_volume_that_is_gone(deployed: Deployed) -> None:
    del deployed.volumes[f"{PREFIX}-prometheus-data"]
    assert deployed.only() == Difference("volume", f"{PREFIX}-prometheus-data", "missing", UP)


def test_a_network_that_is_gone(deployed: Deployed) -> None:
    del deployed.networks[PREFIX]
    assert deployed.only() == Difference("network", PREFIX, "missing", UP)


def test_a_file_that_somebody_edited(deployed: Deployed, folder: Path) -> None:
    path = folder / "config" / "alertmanager" / "alertmanager.yml"
    edited = path.read_text(encoding="utf-8").replace("repeat_interval: 12h", "repeat_interval: 999h")
    write_directory(path.parent, {**files_of(deployed, "alertmanager"), "alertmanager.yml": edited})
    found = deployed.only()
    assert (found.kind, found.name) == ("file changed", "config/alertmanager/alertmanager.yml")
    assert {"-  repeat_interval: 12h", "+  repeat_interval: 999h"} <= set(found.lines)


def test_a_file_that_somebody_added_and_one_that_is_gone(deployed: Deployed, folder: Path) -> None:
    files = dict(files_of(deployed, "prometheus"))
    del files["rules/http.rules.yml"]
    write_directory(folder / "config" / "prometheus", {**files, "rules/mine.rules.yml": "groups: []\n"})
    assert {(found.kind, found.name) for found in deployed.differences()} == {
        ("file missing", "config/prometheus/rules/http.rules.yml"),
        ("file extra", "config/prometheus/rules/mine.rules.yml"),
    }


def test_a_compose_project_that_somebody_edited(deployed: Deployed, folder: Path) -> None:
    project = folder / PROJECT_FILE
    project.write_text(project.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    assert (deployed.only().kind, deployed.only().name) == ("file changed", PROJECT_FILE)


def test_a_secret_file_that_somebody_edited_is_named_and_not_shown(deployed: Deployed, folder: Path) -> None:
    files = {path.name: path.read_text(encoding="utf-8") for path in (folder / "secrets" / "prometheus").iterdir()}
    write_directory(folder / "secrets" / "prometheus", {**files, "prometheusPassword": "hunter2", "mine": "hunter3"})
    extra, changed = deployed.differences()
    assert (extra.kind, extra.name, extra.lines) == ("secret file extra", "secrets/prometheus/mine", ())
    assert (changed.kind, changed.name) == ("secret file changed", "secrets/prometheus/prometheusPassword")
    assert changed.lines == ("holds something else (not shown)",)


def test_where_an_engine_keeps_the_secrets_only_their_files_are_counted(deployed: Deployed, folder: Path) -> None:
    kept = folder / "secrets.json"
    text = kept.read_text(encoding="utf-8")
    kept.unlink()
    (folder / PROJECT_FILE).unlink()
    try:
        assert not has_project(folder)
        assert deployed.differences() == []
        (folder / "secrets" / "prometheus" / "web.yml").unlink()
        assert (deployed.only().kind, deployed.only().name) == ("secret file missing", "secrets/prometheus/web.yml")
    finally:
        kept.write_text(text, encoding="utf-8")


def test_a_folder_of_another_user_is_said_to_be_theirs(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_directory: Path) -> dict[str, str]:
        raise PermissionError(13, "denied", "/state/kettle")

    monkeypatch.setattr("runtimes.docker.drift.read_directory", refuse)
    with pytest.raises(NoAnswerError, match=r"^/state/kettle may not be read: run this as the user who ran make up\.$"):
        deployed.differences()


def test_a_daemon_that_stops_answering_is_one_sentence(deployed: Deployed) -> None:
    class Gone(FakeDaemon):
        @property
        def containers(self) -> Any:
            raise ConnectionError("gone")

    gone: Any = Gone()
    (containers, *_) = areas_of(deployed.target, gone)
    with pytest.raises(NoAnswerError, match=r"^Docker does not answer \(gone\): start it"):
        containers.compare()


def test_a_daemon_that_does_not_run_means_that_nothing_can_be_compared(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: object) -> None:
        raise DockerException("no socket")

    monkeypatch.setattr(docker, "from_env", refuse)
    with pytest.raises(CouldNotRunError, match=r"^Docker does not answer \(no socket\): start it"):
        areas(deployed.target)


def files_of(deployed: Deployed, workload: str) -> Mapping[str, str]:
    (found,) = [found for found in deployed.target.program.workloads if found.name == workload]
    assert found.config
    return found.config.files

"""The machine: what is said when Docker, room or a port is missing, and how Docker is brought."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import docker
import pytest
from docker.errors import DockerException
from requests.exceptions import ReadTimeout

from catalog.plan import Transport
from operations.target import LoadedTarget, load_target
from runtimes.console import Failure
from runtimes.docker import host
from runtimes.docker.settings import DockerSettings, offset_of
from settings.errors import ConfigurationError
from tests.fakes import FakeContainer, FakeDaemon, Removable
from tests.stacks import stack_file


@pytest.fixture(autouse=True)
def no_daemon_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may have named one."""
    monkeypatch.delenv("DOCKER_HOST", raising=False)


@pytest.fixture
def refuses(monkeypatch: pytest.MonkeyPatch) -> Callable[[Exception], None]:
    """Makes Docker refuse every client, with this error."""

    def with_error(error: Exception) -> None:
        def refuse(**_: object) -> None:
            raise error

        monkeypatch.setattr(docker, "from_env", refuse)

    return with_error


# --- A daemon that does not answer -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (DockerException("connection refused\nand more"), "connection refused and more"),
        (DockerException(), "DockerException"),
        (DockerException("x" * 200), "x" * 159 + "…"),
        (ReadTimeout("timed out"), "timed out"),
    ],
)
def test_a_docker_that_does_not_answer_is_one_sentence(
    refuses: Callable[[Exception], None], monkeypatch: pytest.MonkeyPatch, error: Exception, shown: str
) -> None:
    refuses(error)
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(Failure) as failure:
        host.ensure_docker()
    assert str(failure.value) == (
        f"Docker does not answer ({shown}): start it (Docker Desktop, or `systemctl start docker`)"
        " and run the command again."
    )


def test_a_daemon_that_answers_is_used_as_it_is(monkeypatch: pytest.MonkeyPatch, daemon: FakeDaemon) -> None:
    monkeypatch.setattr(docker, "from_env", lambda *, timeout: daemon)
    assert host.ensure_docker() is _client(daemon)


def test_root_on_another_system_than_debian_is_told_to_install_docker(
    refuses: Callable[[Exception], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    refuses(DockerException("no socket"))
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(Failure, match="Docker is not installed and this is no Debian or Ubuntu: install Docker"):
        host.ensure_docker()


@pytest.mark.parametrize("user", [0, 1000])
def test_a_daemon_that_somebody_has_named_is_not_started_here(
    refuses: Callable[[Exception], None], monkeypatch: pytest.MonkeyPatch, user: int
) -> None:
    refuses(DockerException("no socket"))
    monkeypatch.setattr("os.geteuid", lambda: user)
    monkeypatch.setattr(subprocess, "Popen", None)
    monkeypatch.setenv("DOCKER_HOST", "tcp://builder:2376")
    with pytest.raises(Failure) as failure:
        host.ensure_docker()
    assert str(failure.value) == (
        "Docker does not answer (no socket) at tcp://builder:2376, which DOCKER_HOST names: start it there "
        "or unset that, and run the command again."
    )


# --- Installing and starting it --------------------------------------------------------------------------------------


class Machine:
    """Commands that are run on a machine without Docker, and when its daemon answers."""

    def __init__(self, daemon: FakeDaemon) -> None:
        self.ran: list[list[str]] = []
        self.programs = {"apt-get"}
        self.status = 0
        self.systemd = False
        self.answers_after = 1
        self.now = 0.0
        self._daemon = daemon
        self._asked = 0

    def run(self, command: list[str], **_: object) -> Any:
        self.ran.append(command)
        return SimpleNamespace(returncode=self.status, stderr="one line\nE: Unable  to locate package\n\n")

    def from_env(self, *, timeout: int) -> FakeDaemon:
        self._asked += 1
        if self._asked <= self.answers_after:
            raise DockerException("no socket")
        return self._daemon

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, daemon: FakeDaemon, tmp_path: Path) -> Machine:
    found = Machine(daemon)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda name: name if name in found.programs else None)
    monkeypatch.setattr(subprocess, "run", found.run)
    monkeypatch.setattr(subprocess, "Popen", found.run)
    monkeypatch.setattr(docker, "from_env", found.from_env)
    monkeypatch.setattr(host, "time", SimpleNamespace(monotonic=lambda: found.now, sleep=found.sleep))
    monkeypatch.setattr(host, "_DAEMON_LOG", tmp_path / "dockerd.log")
    monkeypatch.setattr(Path, "is_dir", lambda _path: found.systemd)
    return found


def test_on_debian_docker_is_installed_and_started(
    machine: Machine, daemon: FakeDaemon, capsys: pytest.CaptureFixture[str]
) -> None:
    assert host.ensure_docker() is _client(daemon)
    assert machine.ran == [
        ["apt-get", "update", "-q"],
        ["apt-get", "install", "-y", "-q", "docker.io"],
        ["dockerd"],
    ]
    assert capsys.readouterr().err.splitlines()[:2] == [
        "==> Docker is missing: installing Debian's package docker.io",
        "==> Starting the Docker daemon",
    ]


def test_where_systemd_runs_it_starts_the_daemon(machine: Machine) -> None:
    machine.programs.add("dockerd")
    machine.systemd = True
    host.ensure_docker()
    assert machine.ran == [["systemctl", "start", "docker"]]


def test_a_package_that_cannot_be_installed_is_one_sentence(machine: Machine) -> None:
    machine.status = 100
    with pytest.raises(Failure) as failure:
        host.ensure_docker()
    assert str(failure.value) == (
        "`apt-get update -q` failed: E: Unable to locate package. Install Docker and run the command again."
    )


def test_a_daemon_that_is_slow_is_waited_for(machine: Machine, daemon: FakeDaemon) -> None:
    machine.programs.add("dockerd")
    machine.answers_after = 5
    assert host.ensure_docker() is _client(daemon)
    assert machine.now == 4


def test_a_daemon_that_does_not_start_is_told_with_its_log(machine: Machine, tmp_path: Path) -> None:
    machine.programs.add("dockerd")
    machine.answers_after = 1000
    with pytest.raises(Failure) as failure:
        host.ensure_docker()
    assert str(failure.value) == (
        f"The Docker daemon did not start within 60 s: {tmp_path}/dockerd.log or `journalctl -u docker` says why."
    )


# --- Room ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("root", "place"), [("/", "/"), ("/no/such/place", "/")])
def test_a_nearly_full_disk_is_refused_with_figures(monkeypatch: pytest.MonkeyPatch, root: str, place: str) -> None:
    asked: list[Path] = []

    def usage(path: Path) -> SimpleNamespace:
        asked.append(path)
        return SimpleNamespace(free=3 * 1024**3)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    with pytest.raises(Failure) as failure:
        host.check_room(_client(FakeDaemon(root=root)))
    assert str(failure.value) == (
        f"Only 3.0 GiB are free on the disk of {place}, 8 GiB are needed: free some (`docker system df` shows what"
        " Docker holds) and run the command again."
    )
    assert asked == [Path(place)]


def test_a_disk_with_room_is_accepted(monkeypatch: pytest.MonkeyPatch, daemon: FakeDaemon) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=9 * 1024**3))
    host.check_room(_client(daemon))


@pytest.fixture
def free_ports_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing else listens on this machine."""
    monkeypatch.setattr(host, "_is_free", lambda _port, _protocol: True)


def test_whatever_the_machine_lacks_is_told_at_once(
    tmp_path: Path, daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host, "_is_free", lambda port, _protocol: port != 9090)
    section = {"port_offset": 0, "networks": ["shop"], "log_sockets": [str(tmp_path / "none")], "socket_group": 1}
    target = load_target("kettle", stack_file(tmp_path, docker=section))
    with pytest.raises(ConfigurationError) as found:
        host.check_machine(_client(daemon), target)
    places = [mistake.path for mistake in found.value.mistakes]
    assert places == ["docker.networks[0]", "docker.log_sockets[0]", "docker.port_offset"]


# --- Networks --------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("free_ports_only")
def test_networks_that_docker_does_not_know_are_mistakes_at_their_places(tmp_path: Path, daemon: FakeDaemon) -> None:
    wanted = ["shop_default", "shop_defalt", "elsewhere"]
    target = load_target("kettle", stack_file(tmp_path, docker={"networks": wanted}))
    daemon.links |= {name: Removable(name) for name in ("bridge", "shop_default")}
    second, third = (target.raw.places[f"docker.networks[{index}]"].line for index in (1, 2))
    with pytest.raises(ConfigurationError) as found:
        host.check_machine(_client(daemon), target)
    assert [str(mistake) for mistake in found.value.mistakes] == [
        f"docker.networks[1] (line {second}): found 'shop_defalt', which Docker does not know. Allowed: shop_default. "
        "Did you mean 'shop_default'?",
        f"docker.networks[2] (line {third}): found 'elsewhere', which Docker does not know. Allowed: shop_default. "
        "Start what makes it, or `docker network create` it.",
    ]
    daemon.links |= {name: Removable(name) for name in wanted}
    host.check_machine(_client(daemon), target)


# --- Ports -----------------------------------------------------------------------------------------------------------


def published(port: int, protocol: str = "tcp") -> dict[str, list[dict[str, str]] | None]:
    return {f"{port}/{protocol}": [{"HostIp": "127.0.0.1", "HostPort": str(port)}], "1/tcp": None}


def refused(daemon: FakeDaemon, target: LoadedTarget) -> list[str]:
    with pytest.raises(ConfigurationError) as found:
        host.check_machine(_client(daemon), target)
    assert found.value.source == "Pulumi.kettle.yaml"
    return [str(mistake) for mistake in found.value.mistakes]


@pytest.fixture
def own(tmp_path: Path) -> LoadedTarget:
    """A stack that keeps the ports of the first one, but for Prometheus'."""
    docker = {"port_offset": 0, "ports": {"prometheus": 19090}}
    return load_target("kettle", stack_file(tmp_path, docker=docker))


def test_every_taken_port_is_named_with_its_component_and_the_setting_that_moves_it(
    own: LoadedTarget, daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host, "_is_free", lambda port, _protocol: port not in {19090, 4317, 9093, 14317})
    line = own.raw.places["docker.port_offset"].line
    assert refused(daemon, own) == [
        f"docker.ports.prometheus (line {own.raw.places['docker.ports.prometheus'].line}): found 19090 (prometheus), "
        "which is taken on 127.0.0.1. Allowed: a port that is free. Stop what listens there (`ss -lntup` shows it), "
        "or set another.",
        f"docker.port_offset (line {line}): found 0, with which these are taken on 127.0.0.1: "
        # With 10000, 14317 is taken.
        "4317 (collector-gateway), 9093 (alertmanager). Allowed: a number whose ports are free, such as 10010. "
        "Set it, or stop what listens there (`ss -lntup` shows it).",
    ]


def test_the_stacks_own_ports_are_not_taken(
    target: LoadedTarget, daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    prometheus = 9090 + offset_of("kettle")
    monkeypatch.setattr(host, "_is_free", lambda port, _protocol: port != prometheus)
    daemon.running.append(FakeContainer("monitoring-kettle-prometheus", ports=published(prometheus)))
    host.check_machine(_client(daemon), target)


def test_a_port_of_another_stack_is_told_with_that_stack_and_an_offset_that_is_free_of_both(
    target: LoadedTarget, daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    offset = offset_of("kettle")
    monkeypatch.setattr(host, "_is_free", lambda _port, _protocol: True)
    for port in (9090 + offset, 9093 + offset + 10):
        daemon.running.append(FakeContainer(f"monitoring-other-{port}", stack="other", ports=published(port)))
    assert refused(daemon, target) == [
        f"docker.port_offset (line {target.raw.places['docker'].line}): found {offset}, with which these are taken on "
        f"127.0.0.1: {9090 + offset} (prometheus) by stack other. Allowed: a number whose ports are free, such as "
        f"{offset + 20}. Set it, or stop what listens there (`ss -lntup` shows it)."
    ]


@pytest.fixture
def airflow(tmp_path: Path) -> LoadedTarget:
    """A stack that takes Airflow's metrics on UDP port 9125."""
    return load_target("kettle", stack_file(tmp_path, services=[{"name": "pipelines", "kind": "airflow"}]))


def test_a_udp_port_is_asked_for_as_such(
    airflow: LoadedTarget, daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host, "_is_free", lambda port, protocol: (port, protocol) != (9125, "udp"))
    told = (
        f"services[0].statsd_port (line {airflow.raw.places['services[0]'].line}): found 9125/udp "
        "(statsd-exporter-pipelines), which is taken on 127.0.0.1. Allowed: a port that is free. Stop what listens "
        "there (`ss -lntup` shows it), or set another."
    )
    assert refused(daemon, airflow) == [told]
    daemon.running.append(FakeContainer("monitoring-kettle-other", ports=published(9125)))
    assert refused(daemon, airflow) == [told]
    daemon.running.append(FakeContainer("monitoring-kettle-statsd-exporter-pipelines", ports=published(9125, "udp")))
    host.check_machine(_client(daemon), airflow)


@pytest.mark.parametrize(
    ("kind", "protocol", "other"), [(socket.SOCK_STREAM, "tcp", "udp"), (socket.SOCK_DGRAM, "udp", "tcp")]
)
def test_a_port_in_use_is_seen_for_real_and_only_in_its_protocol(
    kind: socket.SocketKind, protocol: Transport, other: Transport
) -> None:
    with socket.socket(type=kind) as squatter:
        squatter.bind(("127.0.0.1", 0))
        if protocol == "tcp":
            squatter.listen()
        port = squatter.getsockname()[1]
        assert not host._is_free(port, protocol)
        assert host._is_free(port, other)
    assert host._is_free(port, protocol)


def _client(daemon: FakeDaemon) -> Any:
    return daemon


# --- Where Docker keeps its data -------------------------------------------------------------------------------------


def test_docker_elsewhere_than_the_stack_file_says_is_a_sentence_with_the_line_to_write() -> None:
    daemon: Any = FakeDaemon(root="/data/docker")
    with pytest.raises(Failure) as failure:
        host.check_data_root(daemon, DockerSettings())
    assert str(failure.value) == (
        "Docker keeps its data in /data/docker, the stack file says /var/lib/docker; no container's log would be read."
        " Write `monitoring:docker: {data_root: /data/docker}` and run the command again."
    )


@pytest.mark.parametrize("root", ["/var/lib/docker", "/home/ann/.local/share/docker"])
def test_docker_where_the_stack_file_says_is_no_mistake(root: str) -> None:
    daemon: Any = FakeDaemon(root=root)
    host.check_data_root(daemon, DockerSettings(data_root=root))


# --- Engines that are asked for output -------------------------------------------------------------------------------


def asking(folder: Path, *sockets: Path, group: int) -> LoadedTarget:
    section = {"log_sockets": [str(path) for path in sockets], "socket_group": group}
    return load_target("kettle", stack_file(folder, docker=section))


@pytest.mark.usefixtures("free_ports_only")
def test_an_engine_of_the_stacks_group_may_be_asked(tmp_path: Path, daemon: FakeDaemon) -> None:
    path = tmp_path / "engine.sock"
    with socket.socket(socket.AF_UNIX) as engine:
        engine.bind(str(path))
        path.chmod(0o660)
        host.check_machine(_client(daemon), asking(tmp_path, path, group=path.stat().st_gid))


@pytest.mark.usefixtures("free_ports_only")
def test_every_engine_that_is_not_there_or_is_another_groups_is_a_mistake(tmp_path: Path, daemon: FakeDaemon) -> None:
    path, missing = tmp_path / "engine.sock", tmp_path / "podman.sock"
    with socket.socket(socket.AF_UNIX) as engine:
        engine.bind(str(path))
        path.chmod(0o660)
        group = path.stat().st_gid
        with pytest.raises(ConfigurationError) as raised:
            host.check_machine(_client(daemon), asking(tmp_path, path, missing, group=group + 1))
    told = str(raised.value)
    assert f"found {group + 1}. Allowed: {group}. {path} belongs to group {group}; sockets of engines in" in told
    assert f"found {missing}. Allowed: a socket on this machine. Start the engine, or leave it out;" in told
    assert "2 mistakes" in told


@pytest.mark.usefixtures("free_ports_only")
def test_an_engine_that_its_group_may_not_ask_is_a_mistake(tmp_path: Path, daemon: FakeDaemon) -> None:
    path = tmp_path / "podman.sock"
    with socket.socket(socket.AF_UNIX) as engine:
        engine.bind(str(path))
        path.chmod(0o700)
        with pytest.raises(ConfigurationError) as raised:
            host.check_machine(_client(daemon), asking(tmp_path, path, group=path.stat().st_gid))
        path.chmod(0o660)
        host.check_machine(_client(daemon), asking(tmp_path, path, group=path.stat().st_gid))
    told = str(raised.value)
    assert f"found {path}, mode 0700. Allowed: a socket that its group may use. `chmod g+rw {path}`" in told
    assert "1 mistake" in told

"""The machine: is there a Docker daemon, are the ports free, the networks there, is there room on the disk."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import docker

from catalog.plan import Transport
from runtimes.console import Failure, note, quoted, step
from runtimes.daemon import docker_client
from runtimes.docker.containers import all_containers
from runtimes.docker.names import STACK_LABEL, public_port
from runtimes.docker.settings import DockerSettings, docker_settings, offsets_after
from runtimes.operations import Target
from settings.errors import Mistake, did_you_mean, listed, shown
from settings.load import refusal
from settings.model import StackSettings
from settings.syntax import OWN_NETWORKS
from workloads.program import Program
from workloads.workload import Port

# Measured with images/: the dev set of images is 1 GB in Docker and its cold build leaves about 5 GB of cache.
_ROOM_BYTES = 8 * 1024**3
_DAEMON_LOG = Path("/var/log/dockerd.log")
_DAEMON_SECONDS = 60
_OFFSET = "docker.port_offset"
_SHOWS = "`ss -lntup` shows it"


def ensure_docker() -> docker.DockerClient:
    """A client of the daemon; as root on Debian or Ubuntu, Docker is installed and started when it is missing.

    Raises:
        Failure: when it does not run and may not be installed or started here.
    """
    try:
        return docker_client()
    except Failure:
        # A daemon that somebody has named is elsewhere: one that is started here would not be it.
        if os.geteuid() != 0 or os.environ.get("DOCKER_HOST"):
            raise
    if shutil.which("dockerd") is None:
        _install_docker()
    _start_daemon()
    return docker_client()


def _install_docker() -> None:
    if shutil.which("apt-get") is None:
        raise Failure(
            "Docker is not installed and this is no Debian or Ubuntu: install Docker and run the command again."
        )
    step("Docker is missing: installing Debian's package docker.io")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-q"], ["apt-get", "install", "-y", "-q", "docker.io"]):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Failure(
                f"`{' '.join(command)}` failed: {_last_line(done.stderr)}. Install Docker and run the command again."
            )


def _start_daemon() -> None:
    step("Starting the Docker daemon")
    if Path("/run/systemd/system").is_dir():
        subprocess.run(["systemctl", "start", "docker"], check=False, capture_output=True)
    else:
        note(f"no systemd here: dockerd runs in the background, its log is {_DAEMON_LOG}")
        with _DAEMON_LOG.open("ab") as log:
            subprocess.Popen(["dockerd"], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    deadline = time.monotonic() + _DAEMON_SECONDS
    while time.monotonic() < deadline:
        try:
            docker_client()
            return
        except Failure:
            time.sleep(1)
    raise Failure(
        f"The Docker daemon did not start within {_DAEMON_SECONDS} s: {_DAEMON_LOG} or `journalctl -u docker` says why."
    )


def check_room(client: docker.DockerClient) -> None:
    """Refuse to begin on a disk that images and data would fill.

    Raises:
        Failure: when less is free than the dev stack needs.
    """
    root = Path(str(client.info()["DockerRootDir"]))
    place = root if root.is_dir() else Path("/")
    free = shutil.disk_usage(place).free
    if free < _ROOM_BYTES:
        raise Failure(
            f"Only {free / 1024**3:.1f} GiB are free on the disk of {place}, {_ROOM_BYTES // 1024**3} GiB are needed:"
            " free some (`docker system df` shows what Docker holds) and run the command again."
        )


def check_data_root(client: docker.DockerClient, settings: DockerSettings) -> None:
    """See that log files and layers are where the stack's programs will look for them.

    Raises:
        Failure: naming the setting and what Docker says.
    """
    root = str(client.info()["DockerRootDir"])
    if root != settings.data_root:
        raise Failure(
            f"Docker keeps its data in {root}, the stack file says {settings.data_root}; no container's log would be"
            f" read. Write `monitoring:docker: {{data_root: {root}}}` and run the command again."
        )


def check_machine(client: docker.DockerClient, target: Target) -> None:
    """See that the machine has what the stack file names, and its ports free, before anything starts.

    Raises:
        ConfigurationError: naming every network and engine's socket that cannot be used, and every taken port.
    """
    mistakes = [*_networks(client, target), *_sockets(target), *_ports(client, target)]
    if mistakes:
        raise refusal(target.raw, mistakes)


def _sockets(target: Target) -> Iterator[Mistake]:
    """Sockets of engines that are not there, are another group's, or may not be used by their group."""
    settings = docker_settings(target.program.settings)
    for index, name in enumerate(settings.log_sockets):
        path = Path(name)
        if not path.is_socket():
            action = "Start the engine, or leave it out; `docker context ls` and `podman info` show where sockets are."
            yield Mistake(f"docker.log_sockets[{index}]", name, "a socket on this machine", action)
            continue
        found = path.stat()
        if found.st_gid != settings.socket_group:
            action = f"{name} belongs to group {found.st_gid}; sockets of engines in one stack belong to one group."
            yield Mistake("docker.socket_group", str(settings.socket_group), str(found.st_gid), action)
        if not found.st_mode & stat.S_IWGRP:
            # Who may write to it may connect. Podman of a user without root leaves that to this user.
            what = f"{name}, mode {stat.S_IMODE(found.st_mode):04o}"
            action = f"`chmod g+rw {name}`, or SocketMode=0660 in the unit podman.socket."
            yield Mistake(f"docker.log_sockets[{index}]", what, "a socket that its group may use", action)


def _networks(client: docker.DockerClient, target: Target) -> Iterator[Mistake]:
    """Networks of what is watched that Docker does not know, and those that it does."""
    wanted = docker_settings(target.program.settings).networks
    if not wanted:
        return
    there = {str(network.name) for network in client.networks.list()}
    allowed = there - OWN_NETWORKS
    for index, name in enumerate(wanted):
        if name not in there:
            action = did_you_mean(name, allowed) or "Start what makes it, or `docker network create` it."
            found = f"{shown(name)}, which Docker does not know"
            yield Mistake(f"docker.networks[{index}]", found, listed(allowed), action)


def _ports(client: docker.DockerClient, target: Target) -> Iterator[Mistake]:
    """Taken ports, who has each as far as Docker knows, and the setting that moves it.

    Ports of the stack's own containers are not taken.
    """
    holders = _holders(client)
    settings = docker_settings(target.program.settings)
    moving: list[str] = []
    for workload in target.program.workloads:
        for port in workload.ports:
            public = public_port(port, settings)
            if public is None or holders.get((public, port.protocol)) == target.stack:
                continue
            holder = holders.get((public, port.protocol), "")
            if not holder and _is_free(public, port.protocol):
                continue
            told = f"{public}{'' if port.protocol == 'tcp' else f'/{port.protocol}'} ({workload.name})"
            told += f" by stack {holder}" if holder else ""
            path = _setting(port, public, target.program.settings)
            if path == _OFFSET:
                moving.append(told)
            else:
                action = f"Stop what listens there ({_SHOWS}), or set another."
                yield Mistake(path, f"{told}, which is taken on 127.0.0.1", "a port that is free", action)
    if moving:
        free = _free_offset(settings, target.program, holders)
        found = f"{settings.port_offset or 0}, with which these are taken on 127.0.0.1: {', '.join(moving)}"
        action = f"Set it, or stop what listens there ({_SHOWS})."
        yield Mistake(_OFFSET, found, f"a number whose ports are free, such as {free}", action)


def _setting(port: Port, public: int, settings: StackSettings) -> str:
    """The setting that moves a port."""
    if port.published_as:
        key = f"docker.ports.{port.published_as}"
        return key if port.published_as in docker_settings(settings).said else _OFFSET
    for index, service in enumerate(settings.services):
        for field, number in service.udp_ports().items():
            if number == public:
                return f"services[{index}].{field}"
    return _OFFSET


def _free_offset(settings: DockerSettings, program: Program, holders: Mapping[tuple[int, str], str]) -> int:
    """The next offset with which nothing of the stack is taken."""
    names = {port.published_as for workload in program.workloads for port in workload.ports} - {"", *settings.said}
    for offset in offsets_after(settings.port_offset or 0):
        moved = settings.model_copy(update={"port_offset": offset}).published()
        if all((moved[name], "tcp") not in holders and _is_free(moved[name], "tcp") for name in names):
            return offset
    return 0


def _holders(client: docker.DockerClient) -> dict[tuple[int, str], str]:
    """The stack that has a port on the host, by number and protocol; Docker calls the port inside `9125/udp`."""
    return {
        (int(place["HostPort"]), inside.partition("/")[2]): str(container.labels[STACK_LABEL])
        for container in all_containers(client)
        for inside, places in container.ports.items()
        for place in places or ()
    }


def _is_free(port: int, protocol: Transport) -> bool:
    with socket.socket(type=socket.SOCK_DGRAM if protocol == "udp" else socket.SOCK_STREAM) as probe:
        if protocol == "tcp":
            # Connections that linger after their program has ended are no hindrance.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return quoted(lines[-1]) if lines else "no message"

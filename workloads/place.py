"""What a component may know of where it will run: each runtime says it, none is named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

LogFormat = Literal["json-file", "cri"]
"""How a container engine writes log files: as Docker's driver json-file, or as the Container Runtime Interface says."""


@dataclass(frozen=True)
class Place:
    """The surroundings of a stack.

    Attributes:
        urls: where people reach a component, by its name; every component that people reach has one.
        networks: networks of others that workloads with `joins_target_networks` are in.
        socket_group: the group that may use the container engines' sockets, where there is one.
        engine_socket: the socket itself, on each host; it speaks Docker's API.
        log_sockets: sockets of engines whose containers' output is asked for, on each host; they speak Docker's API.
        engine_data: the directory where the container engine keeps layers and log files, on each host.
        log_format: how it writes them.
        log_directory: where, on each host.
        commands: whose commands of a runbook work here, `docker` or `kubernetes`; empty: those of both are shown.
        words: what placeholders in those commands stand for here, by name.
        senders: where applications send what they emit, by the name of the port.
    """

    urls: Mapping[str, str]
    networks: tuple[str, ...] = ()
    socket_group: int | None = None
    engine_socket: str = "/var/run/docker.sock"
    log_sockets: tuple[str, ...] = ()
    engine_data: str = "/var/lib/docker"
    log_format: LogFormat = "json-file"
    log_directory: str = "/var/lib/docker/containers"
    commands: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    senders: Mapping[str, str] = field(default_factory=dict)

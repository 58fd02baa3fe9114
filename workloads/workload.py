"""`Workload`: one program to run, as pure data. Security defaults live here and nowhere else.

A component describes what it needs; a runtime decides how Docker or Kubernetes gives it. Everything runs as a
non-root user on a read-only root filesystem, without capabilities or new privileges, within limits, and is
published on loopback only. Each relaxation is a field that carries its reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from catalog.plan import BasicAuth, Transport
from settings.secrets import SecretFile

Reach = Literal["people", "applications", "stack", "replicas"]
INSIDE: frozenset[Reach] = frozenset({"stack", "replicas"})
"""What nobody outside the stack reaches."""


@dataclass(frozen=True)
class ConfigDirectory:
    """Configuration files, mounted read-only as one directory.

    Attributes:
        mount_path: where the program finds them.
        files: content by path relative to the directory.
        reload: what makes the program read them again. signal: SIGHUP; restart: a restart of the program;
            watched: nothing, the program notices by itself.
    """

    mount_path: str
    files: Mapping[str, str]
    reload: Literal["signal", "restart", "watched"] = "restart"


@dataclass(frozen=True)
class Port:
    """A port the program listens on.

    Attributes:
        name: unique among the workload's ports.
        reach: who must be able to connect. people: with a browser or a command; applications: programs that send to
            the stack; stack: nobody but the workload's `clients`; replicas: nobody but the workloads that are replicas
            of the same one. A runtime decides how.
        published_as: its name in a runtime's settings, when it is not for the stack alone.
        publish: the port on the host that a service asked for, where the stack has no say in it.
    """

    name: str
    number: int
    reach: Reach = "stack"
    published_as: str = ""
    publish: int | None = None
    protocol: Transport = "tcp"


@dataclass(frozen=True)
class Volume:
    """Data that outlives the program.

    Attributes:
        size: a request, such as 20Gi; Docker does not limit it.
        setting: where a stack file says the size or what it is a share of; empty: nowhere.
    """

    name: str
    mount_path: str
    size: str
    setting: str = ""


@dataclass(frozen=True)
class HostMount:
    """A read-only piece of the host, and why the program must see it.

    `follow_mounts` asks for filesystems that are mounted below it later, where the runtime can give them.
    """

    source: str
    target: str
    reason: str
    follow_mounts: bool = False


@dataclass(frozen=True)
class HttpProbe:
    """Ready when a GET of `path` answers 2xx. `password_file` is under `/run/secrets`."""

    port: int
    path: str
    username: str | None = None
    password_file: str | None = None


@dataclass(frozen=True)
class ExecProbe:
    """Ready when the program's own command succeeds."""

    command: tuple[str, ...]


@dataclass(frozen=True)
class Limits:
    """What a replica may use. `processes` also bounds threads."""

    cpus: float
    memory_mebibytes: int
    processes: int = 1024


@dataclass(frozen=True)
class Metrics:
    """A port of the program's own metrics, scraped as a job of its own."""

    port: int
    path: str = "/metrics"
    basic_auth: BasicAuth | None = None


@dataclass(frozen=True)
class Relaxation:
    """A capability or a permission beyond the defaults, with its reason."""

    what: str
    reason: str


@dataclass(frozen=True)
class Workload:
    """One program to run.

    Attributes:
        name: unique in the stack; other workloads reach it under this host name.
        replica_of: the workload that this one is another replica of, with data and configuration of its own; empty:
            none. A runtime with several hosts runs them apart.
        image: component in `images/catalog.toml`.
        entrypoint: the program and its first arguments; empty: the image's.
        args: arguments after the entrypoint.
        secrets: files under `/run/secrets` by name. Secrets never are environment or arguments.
        first_start_secrets: names of secrets that the program reads only while its volume is empty, with where they
            stand from then on. They cannot be rotated.
        metrics: where it exposes its own metrics, by the name of the scrape job.
        after: names of workloads that must be ready before this one starts.
        clients: names of workloads that may connect to it, each with its other replicas; published ports are open to
            the host besides.
        start_seconds: how long it may take to become ready.
        stop_seconds: how long it may take to stop in good order.
        replicas: how many of it run that have nothing of their own, under one name; only where it has no volume.
        per_host: one replica on each host instead of `replicas`.
        root: runs as root because of this.
        capabilities: capabilities added to none.
        pings: its group may open sockets for ICMP echo, which needs no capability.
        joins_target_networks: it connects to monitored services, or they send to it: it is in their networks too.
        group: a supplementary group, for a host mount that only its members may use (Docker).
        kubernetes_namespaces: namespaces whose pods it may list and watch (Kubernetes); nothing else of the API.
    """

    name: str
    image: str
    user: int
    limits: Limits
    probe: HttpProbe | ExecProbe
    replica_of: str = ""
    entrypoint: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    config: ConfigDirectory | None = None
    secrets: Mapping[str, SecretFile] = field(default_factory=dict)
    first_start_secrets: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[Port, ...] = ()
    volumes: tuple[Volume, ...] = ()
    tmpfs: tuple[str, ...] = ()
    host_mounts: tuple[HostMount, ...] = ()
    metrics: Mapping[str, Metrics] = field(default_factory=dict)
    after: tuple[str, ...] = ()
    clients: tuple[str, ...] = ()
    start_seconds: int = 60
    stop_seconds: int = 30
    replicas: int = 1
    per_host: bool = False
    root: Relaxation | None = None
    capabilities: tuple[Relaxation, ...] = ()
    host_processes: Relaxation | None = None
    pings: Relaxation | None = None
    joins_target_networks: bool = False
    group: int | None = None
    kubernetes_namespaces: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if (self.user == 0) != (self.root is not None):
            raise ValueError(f"workload {self.name}: user 0 and a reason in `root` go together")

    @property
    def sysctls(self) -> dict[str, str]:
        """Kernel settings of its own network namespace."""
        return {"net.ipv4.ping_group_range": f"{self.user} {self.user}"} if self.pings else {}

    @property
    def first_name(self) -> str:
        """The name that it shares with its other replicas: that of the first of them."""
        return self.replica_of or self.name

    def clients_among(self, workloads: Iterable[Workload]) -> list[Workload]:
        """Those of the workloads that may connect to it, and all replicas of each."""
        return [workload for workload in workloads if workload.first_name in self.clients]

    def replicas_among(self, workloads: Iterable[Workload]) -> list[Workload]:
        """Those of the workloads that are replicas of the same one, without itself."""
        return [
            workload for workload in workloads if workload.first_name == self.first_name and workload.name != self.name
        ]

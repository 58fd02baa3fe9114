"""The section `monitoring:docker` of a stack file, and the mistakes that only Docker can have."""

from __future__ import annotations

import bisect
import zlib
from collections.abc import Iterator, Mapping, Set
from typing import Annotated, Any, ClassVar

from pydantic import Field, create_model

from components.names import endpoints_of, published_ports
from settings.checks.checked import Checked
from settings.errors import Mistake
from settings.model import StackSettings
from settings.runtime import RuntimeSettings
from settings.section import EachOnce, Section
from settings.service import ScrapedService
from settings.stackfile import FIRST_STACK, PROJECT
from settings.syntax import NetworkName
from settings.types import HostPath, PortNumber

_PORTS: dict[str, Any] = {name: (PortNumber, number) for name, number in sorted(published_ports().items())}
PublishedPorts = create_model(
    "PublishedPorts", __base__=Section, __doc__="Ports on 127.0.0.1 of the Docker host.", **_PORTS
)
# Above the ports that people's own programs like, and below those that Linux gives to connections (32768 and up): there
# the highest default stays below them too.
_OFFSETS = range(10_000, 16_000, 10)


class DockerSettings(RuntimeSettings):
    """The Docker runtime: one machine."""

    package: ClassVar[str] = "docker"
    discovers: ClassVar[tuple[str, ...]] = ("docker", "files")
    one_machine: ClassVar[bool] = True
    machine_name: ClassVar[str] = "host.docker.internal"

    data_root: HostPath = Field(
        default="/var/lib/docker",
        description="Where Docker keeps layers and log files (`docker info -f '{{.DockerRootDir}}'`).",
    )
    log_sockets: Annotated[tuple[HostPath, ...], EachOnce] = Field(
        default=(),
        description="Sockets of container engines, such as /var/run/docker.sock, that are asked for the output of those"
        " containers whose log files the collector cannot read: of other log drivers than json-file, of another"
        " data-root, of rootless Docker and of Podman. Who may use such a socket is as good as root.",
    )
    networks: Annotated[tuple[NetworkName, ...], EachOnce] = Field(
        default=(),
        description="Existing Docker networks that Prometheus, probes and exporters join to reach targets.",
    )
    ports: PublishedPorts = PublishedPorts()  # type: ignore[valid-type]  # its fields are the components' own
    port_offset: int | None = Field(
        default=None,
        ge=0,
        le=65535 - max(published_ports().values()),
        description="What is added to each port that is not said under `ports`, so that stacks run side by side; "
        f"default: 0 for the stack {FIRST_STACK}, and {_OFFSETS[0]} to {_OFFSETS[-1]} by the name of any other.",
    )
    socket_group: int | None = Field(
        default=None,
        ge=0,
        le=2**31 - 1,
        description="Group id that may use /var/run/docker.sock and `log_sockets` (`stat -c %g <socket>`);"
        " Docker discovery and `log_sockets` need it.",
    )

    def named(self, name: str, stack: str) -> DockerSettings:
        """Ports of its own for each stack."""
        return self if self.port_offset is not None else self.model_copy(update={"port_offset": offset_of(stack)})

    @property
    def said(self) -> Set[str]:
        """Names under `ports` that the stack file has."""
        named: set[str] = self.ports.model_fields_set  # type: ignore[attr-defined]  # a model, made above
        return named

    def published(self) -> Mapping[str, int]:
        """The port on 127.0.0.1 of everything that people or applications reach, by its name under `ports`."""
        ports: dict[str, int] = self.ports.model_dump()  # type: ignore[attr-defined]  # a model, made above
        return {key: port if key in self.said else port + (self.port_offset or 0) for key, port in ports.items()}


SECTION = DockerSettings


def offset_of(stack: str) -> int:
    """The offset that a stack has by its name: the same on every machine, and seldom that of another."""
    return 0 if stack == FIRST_STACK else _OFFSETS[zlib.crc32(stack.encode()) % len(_OFFSETS)]


def offsets_after(offset: int) -> Iterator[int]:
    """Every offset that a stack can have by a name, once, beginning after this one."""
    start = bisect.bisect_right(_OFFSETS, offset)
    yield from (*_OFFSETS[start:], *_OFFSETS[:start])


def docker_settings(settings: StackSettings) -> DockerSettings:
    """The section of a stack that runs on Docker."""
    if not isinstance(settings.runtime_section, DockerSettings):
        raise TypeError(f"this stack runs on {settings.runtime}, not on Docker")
    return settings.runtime_section


def check(checked: Checked) -> Iterator[Mistake]:
    """Yield ports that are used twice, and what Docker discovery and engines' sockets lack."""
    section = checked.section("docker")
    for index, service in checked.services.items():
        discover = service.discover if isinstance(service, ScrapedService) else None
        if discover and discover.docker:
            yield from _needs_of_discovery(section, f"services[{index}].discover.docker")
    yield from _sockets(section)
    if checked.settings is not None:
        yield from _ports(checked.settings, checked)


def _needs_of_discovery(section: Mapping[str, object], path: str) -> Iterator[Mistake]:
    if "socket_group" not in section:
        action = f"Set it to what `stat -c %g /var/run/docker.sock` prints; {path} needs it."
        yield Mistake("docker.socket_group", "nothing", "the id of the group that may use Docker's socket", action)
    if not section.get("networks"):
        action = f"Name those of the containers; {path} reaches them there."
        yield Mistake("docker.networks", "nothing", "a list of existing Docker networks", action)


def _sockets(section: Mapping[str, object]) -> Iterator[Mistake]:
    sockets = section.get("log_sockets")
    if not isinstance(sockets, list | tuple) or not sockets:
        return
    if "socket_group" not in section:
        action = f"Set it to what `stat -c %g {sockets[0]}` prints; docker.log_sockets needs it."
        yield Mistake("docker.socket_group", "nothing", "the id of the group that may use those sockets", action)


def _ports(stack: StackSettings, checked: Checked) -> Iterator[Mistake]:
    settings = docker_settings(stack).named(PROJECT, checked.stack)
    # What the file names counts always; a default only where the stack has what it is for.
    counted = settings.said | {endpoint.published_as for endpoint in endpoints_of(stack)}
    tcp = {f"docker.ports.{key}": port for key, port in settings.published().items() if key in counted}
    udp = {
        f"services[{index}].{field}": port
        for index, service in checked.services.items()
        for field, port in service.udp_ports().items()
    }
    for ports in (tcp, udp):
        used: dict[int, str] = {}
        for path, port in ports.items():
            if port in used:
                yield Mistake(path, str(port), f"a port other than that of {used[port]}")
            used.setdefault(port, path)

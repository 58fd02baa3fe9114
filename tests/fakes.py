"""What tests put in the place of an engine, of secrets and of a Docker daemon, none of which is there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Generic, TypeVar

import pulumi
from docker.errors import ImageNotFound, NotFound

from runtimes.operations import Target
from settings.secrets import SecretFile, SecretRef

Kind = TypeVar("Kind")
_LABEL = "monitoring.stack"


@dataclass
class FakeEngine:
    """Deploys and destroys nothing; `changes` is whether it says that something had to change."""

    changes: bool = True
    deployed: list[Target] = field(default_factory=list)
    destroyed: list[Target] = field(default_factory=list)

    def up(self, target: Target, replace: Sequence[str] = ()) -> bool:
        self.deployed.append(target)
        return self.changes

    def destroy(self, target: Target) -> bool:
        self.destroyed.append(target)
        return True


@dataclass(frozen=True)
class FakeSecrets:
    """Every secret is its own name, or one text for all of them."""

    text: str = ""

    def content(self, file: SecretFile) -> pulumi.Output[str]:
        parts = ((self.text or part.name) if isinstance(part, SecretRef) else part for part in file.parts)
        return pulumi.Output.secret("".join(parts))


@dataclass
class FakeContainer:
    """A container, and what was done to it.

    Attributes:
        becomes: its health whenever it is looked at again; the last stays.
        error: raised when somebody changes it.
        further: what else `docker inspect` tells, or tells otherwise.
    """

    name: str
    stack: str = "kettle"
    status: str = "running"
    health: str | None = "healthy"
    image: str = "id"
    started: str = "2026-11-21T10:00:00Z"
    ports: Mapping[str, list[dict[str, str]] | None] = field(default_factory=dict)
    stop_timeout: int | None = None
    becomes: list[str | None] = field(default_factory=list)
    error: Exception | None = None
    further: Mapping[str, Any] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    @property
    def labels(self) -> dict[str, str]:
        """Those that tell stacks apart."""
        return {_LABEL: self.stack}

    @property
    def attrs(self) -> dict[str, Any]:
        """What `docker inspect` tells."""
        state = {"Status": self.status, "Running": self.status == "running", "StartedAt": self.started}
        if self.health:
            state["Health"] = {"Status": self.health}
        config = {} if self.stop_timeout is None else {"StopTimeout": self.stop_timeout}
        return {"State": state, "Image": self.image, "Config": config, **self.further}

    def reload(self) -> None:
        if self.becomes:
            self.health = self.becomes.pop(0)

    def kill(self, signal: str) -> None:
        self._called(f"kill {signal}")

    def restart(self, timeout: int) -> None:
        self._called(f"restart {timeout}")
        self.started = "2026-11-21T11:00:00Z"

    def stop(self, timeout: int) -> None:
        self._called(f"stop {timeout}")
        self.status = "exited"

    def remove(self, *, force: bool, v: bool) -> None:
        assert force and v
        self._called("remove")

    def _called(self, call: str) -> None:
        if self.error:
            raise self.error
        self.calls.append(call)


@dataclass
class Removable:
    """A volume or a network; `error` is raised when somebody removes it.

    Attributes:
        project: what Compose made it for.
        inside: names of containers that are in the network.
    """

    name: str
    error: Exception | None = None
    removed: bool = False
    project: str = ""
    inside: Sequence[str] = ()

    @property
    def attrs(self) -> dict[str, Any]:
        """What `docker network inspect` tells."""
        return {"Containers": {f"id of {name}": {"Name": name} for name in self.inside}}

    def reload(self) -> None: ...

    def remove(self) -> None:
        if self.error:
            raise self.error
        self.removed = True


@dataclass
class FakeDaemon:
    """A `docker.DockerClient`, as far as the product asks one."""

    running: list[FakeContainer] = field(default_factory=list)
    image_ids: dict[str, str] = field(default_factory=dict)
    made: dict[str, Removable] = field(default_factory=dict)
    links: dict[str, Removable] = field(default_factory=dict)
    root: str = "/var/lib/docker"
    socket: str = "/var/run/docker.sock"

    @property
    def api(self) -> Any:
        return SimpleNamespace(adapters={"http+docker://": SimpleNamespace(socket_path=self.socket)})

    def info(self) -> dict[str, str]:
        return {"DockerRootDir": self.root}

    def ping(self) -> bool:
        return True

    @property
    def containers(self) -> _Containers:
        return _Containers(self.running)

    @property
    def images(self) -> _Found[Any]:
        return _Found({name: _Image(found) for name, found in self.image_ids.items()}, ImageNotFound)

    @property
    def volumes(self) -> _Volumes:
        return _Volumes(self.made, NotFound)

    @property
    def networks(self) -> _Networks:
        return _Networks(self.links)


@dataclass
class _Image:
    id: str
    attrs: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class _Found(Generic[Kind]):
    """What can be asked for by name."""

    known: Mapping[str, Kind]
    absent: type[Exception]

    def get(self, name: str) -> Kind:
        if name not in self.known:
            raise self.absent(name)
        return self.known[name]


@dataclass
class _Volumes(_Found[Removable]):
    def list(self, filters: Mapping[str, str]) -> list[Removable]:
        _, _, project = filters["label"].partition("com.docker.compose.project=")
        return [found for found in self.known.values() if found.project == project]


@dataclass
class _Containers:
    known: list[FakeContainer]

    def get(self, name: str) -> FakeContainer:
        found = [container for container in self.known if container.name == name]
        if not found:
            raise NotFound(name)
        return found[0]

    def list(
        self, *, filters: Mapping[str, str] | None = None, all: bool = False, ignore_removed: bool = False
    ) -> list[FakeContainer]:
        if filters is None:
            return [found for found in self.known if all or found.status == "running"]
        label, _, stack = filters["label"].partition("=")
        assert label == _LABEL
        return [found for found in self.known if stack in ("", found.stack) and (all or found.status == "running")]


@dataclass
class _Networks:
    known: Mapping[str, Removable]

    def list(self, names: Iterable[str] | None = None) -> list[Removable]:
        if names is None:
            return [*self.known.values()]
        # Docker reads names as patterns: without anchors, another stack's network would match too.
        (pattern,) = names
        assert pattern.startswith("^") and pattern.endswith("$")
        return [found for name, found in self.known.items() if name == pattern[1:-1]]

"""A Docker daemon that is not there: containers, images, volumes and networks as a stack's commands see them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from docker.errors import ImageNotFound, NotFound

Kind = TypeVar("Kind")
_LABEL = "monitoring.stack"


@dataclass
class FakeContainer:
    """A container, and what was done to it; `error` is raised when somebody stops or removes it."""

    name: str
    stack: str = "kettle"
    status: str = "running"
    health: str | None = "healthy"
    image: str = "id"
    started: str = "2026-11-21T10:00:00Z"
    ports: Mapping[str, list[dict[str, str]] | None] = field(default_factory=dict)
    stop_timeout: int | None = None
    error: Exception | None = None
    calls: list[str] = field(default_factory=list)

    @property
    def attrs(self) -> dict[str, Any]:
        """What `docker inspect` tells."""
        state = {"Status": self.status, "Running": self.status == "running", "StartedAt": self.started}
        if self.health:
            state["Health"] = {"Status": self.health}
        config = {} if self.stop_timeout is None else {"StopTimeout": self.stop_timeout}
        return {"State": state, "Image": self.image, "Config": config}

    def stop(self, timeout: int) -> None:
        if self.error:
            raise self.error
        self.calls.append(f"stop {timeout}")
        self.status = "exited"

    def remove(self, *, force: bool, v: bool) -> None:
        assert force and v
        if self.error:
            raise self.error
        self.calls.append("remove")


@dataclass
class Removable:
    """A volume or a network; `error` is raised when somebody removes it."""

    name: str
    error: Exception | None = None
    removed: bool = False

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
    root: str = "/"

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
    def volumes(self) -> _Found[Any]:
        return _Found(self.made, NotFound)

    @property
    def networks(self) -> _Networks:
        return _Networks(self.links)


@dataclass
class _Image:
    id: str


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
class _Containers:
    known: list[FakeContainer]

    def get(self, name: str) -> FakeContainer:
        found = [container for container in self.known if container.name == name]
        if not found:
            raise NotFound(name)
        return found[0]

    def list(
        self, *, filters: Mapping[str, str], all: bool = False, ignore_removed: bool = False
    ) -> list[FakeContainer]:
        label, _, stack = filters["label"].partition("=")
        assert label == _LABEL
        return [found for found in self.known if found.stack == stack and (all or found.status == "running")]


@dataclass
class _Networks:
    known: Mapping[str, Removable]

    def list(self, names: Iterable[str]) -> list[Removable]:
        # Docker reads names as patterns: without anchors, another stack's network would match too.
        (pattern,) = names
        assert pattern.startswith("^") and pattern.endswith("$")
        return [found for name, found in self.known.items() if name == pattern[1:-1]]

"""What differs between a stack as it was deployed and Docker's containers, networks, volumes and files on the host."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import docker
from docker.errors import ImageNotFound, NotFound

from runtimes.capture import CapturedResource
from runtimes.console import Failure
from runtimes.daemon import FAILURES, docker_client, no_answer
from runtimes.docker.compose import has_project
from runtimes.docker.containers import stack_containers
from runtimes.docker.facts import ENVIRONMENT, ImageFacts, found_facts, wanted_facts
from runtimes.docker.render import (
    CONTAINER,
    DIRECTORY,
    NETWORK,
    PROJECT_FILE,
    VOLUME,
    compose_text,
    is_secret_directory,
)
from runtimes.drift import Area, Change, Compared, Difference, by_name, said_otherwise, text_lines
from runtimes.files import read_directory
from runtimes.health import CouldNotRunError, NoAnswerError, not_readable, up_command
from runtimes.operations import Target
from runtimes.secrets import KEPT, LocalSecrets


def areas(target: Target) -> Sequence[Area]:
    """Everything of the stack that is on this machine.

    Raises:
        CouldNotRunError: when the daemon does not answer.
    """
    try:
        client = docker_client()
    except Failure as failure:
        raise CouldNotRunError(str(failure)) from None
    return areas_of(target, client)


def areas_of(target: Target, client: docker.DockerClient) -> Sequence[Area]:
    """The same, asked of this client."""
    # Where there is no engine, Grafana's content is among the files.
    found = _Stack(target.with_file_content() if has_project(target.directory) else target, client)
    return (
        Area("containers", partial(_asked, found.containers)),
        Area("networks", partial(_asked, found.networks)),
        Area("volumes", partial(_asked, found.volumes)),
        Area("files", found.files),
        Area("secret files", found.secret_files),
    )


def _asked(compare: Callable[[], Compared]) -> Compared:
    try:
        return compare()
    except FAILURES as error:
        raise NoAnswerError(no_answer(error)) from None
    except Failure as failure:
        raise NoAnswerError(str(failure)) from None


@dataclass(frozen=True)
class _Stack:
    """A stack as it was deployed, and the daemon that runs it."""

    target: Target
    client: docker.DockerClient

    @cached_property
    def captured(self) -> Sequence[CapturedResource]:
        """Every resource of the program."""
        return self.target.captured()

    def containers(self) -> Compared:
        """Each container: whether it is there, and every fact about it."""
        wanted = {found["name"]: found for found in self._inputs(CONTAINER)}
        found = {str(container.name): container for container in stack_containers(self.client, self.target.stack)}
        differences = list(by_name("container", wanted, found, self._mend_container))
        for name in sorted(wanted.keys() & found.keys()):
            lines = tuple(self._differing(wanted[name], found[name].attrs))
            if lines:
                mend = self._mend_container(name, "changed")
                differences.append(Difference("container", name, "changed", mend, lines))
        return Compared(len(wanted), tuple(differences))

    def networks(self) -> Compared:
        """The stack's own network, by its exact name."""
        names = [found["name"] for found in self._inputs(NETWORK)]
        # Docker reads names as patterns.
        found = [str(network.name) for name in names for network in self.client.networks.list(names=[f"^{name}$"])]
        return self._all_there("network", names, found)

    def volumes(self) -> Compared:
        """Each volume. They carry no label, so one too many is not to be told from another stack's."""
        names = [found["name"] for found in self._inputs(VOLUME)]
        return self._all_there("volume", names, [name for name in names if self._has_volume(name)])

    def files(self) -> Compared:
        """Configuration on the host, and the Compose project where there is one."""
        wanted: dict[str, str] = {}
        found: dict[str, str] = {}
        for resource in self._directories(secret=False):
            path = Path(resource.inputs["path"])
            wanted |= {str(path / name): text for name, text in resource.inputs["files"].items()}
            found |= {str(path / name): text for name, text in self._read(path).items()}
        if has_project(self.target.directory):
            wanted[PROJECT_FILE] = compose_text(self.captured, self.target.stack)
            found[PROJECT_FILE] = (self.target.directory / PROJECT_FILE).read_text(encoding="utf-8")
        differences = [*by_name("file", wanted, found, self._by_up)]
        differences += [
            Difference("file", name, "changed", self._up, text_lines(wanted[name], found[name]))
            for name in sorted(wanted.keys() & found.keys())
            if wanted[name] != found[name]
        ]
        return Compared(len(wanted), tuple(differences))

    def secret_files(self) -> Compared:
        """Which secret files there are; and, where their values are kept beside them, whether they hold those."""
        names: dict[str, object] = {}
        found: dict[str, str] = {}
        for resource in self._directories(secret=True):
            path = Path(resource.inputs["path"])
            names |= {str(path / name): None for name in resource.inputs["files"]}
            found |= {str(path / name): text for name, text in self._read(path).items()}
        values = self._kept_secrets()
        differences = [*by_name("secret file", names, found, self._by_up)]
        differences += [
            Difference("secret file", name, "changed", self._up, ("holds something else (not shown)",))
            for name in sorted(values.keys() & found.keys())
            if values[name] != found[name]
        ]
        return Compared(len(names), tuple(differences))

    def _kept_secrets(self) -> Mapping[str, str]:
        """Every secret file filled, by path; nothing where an engine keeps the values."""
        if not has_project(self.target.directory):
            return {}
        kept, found = LocalSecrets(self.target.directory / KEPT), dict[str, str]()
        for workload in self.target.program.workloads:
            # A secret that was never made has no file either, which is said of the file.
            with suppress(KeyError):
                found |= {f"secrets/{workload.name}/{name}": text for name, text in kept.files(workload).items()}
        return found

    def _differing(self, inputs: Mapping[str, Any], attrs: Mapping[str, Any]) -> Iterator[str]:
        reference = inputs["image"]
        named, used = self._image(reference), self._image(attrs["Image"])
        if named is None:
            yield from said_otherwise("image", reference, "the machine has no image of that name")
        elif named.id != attrs["Image"]:
            yield from said_otherwise(
                "image", f"{reference} ({_short(named.id)})", f"{attrs['Config']['Image']} ({_short(attrs['Image'])})"
            )
        image = used or ImageFacts(attrs["Image"], {})
        wanted = wanted_facts(inputs, named or image, self.target.directory)
        found = found_facts(attrs, image)
        for name in sorted(wanted.keys() | found.keys()):
            if wanted.get(name) != found.get(name):
                # What a variable holds that somebody else has set may be a secret.
                is_foreign = name.startswith(ENVIRONMENT) and name not in wanted
                yield from said_otherwise(name, wanted.get(name), "set (not shown)" if is_foreign else found.get(name))

    def _image(self, reference: str) -> ImageFacts | None:
        try:
            image = self.client.images.get(reference)
        except ImageNotFound:
            return None
        return ImageFacts(str(image.id), image.attrs.get("Config") or {})

    def _has_volume(self, name: str) -> bool:
        try:
            self.client.volumes.get(name)
        except NotFound:
            return False
        return True

    def _inputs(self, type_token: str) -> list[Mapping[str, Any]]:
        return [resource.inputs for resource in self.captured if resource.type == type_token]

    def _directories(self, *, secret: bool) -> Iterator[CapturedResource]:
        for resource in self.captured:
            if resource.type == DIRECTORY and is_secret_directory(resource) == secret:
                yield resource

    def _read(self, directory: Path) -> dict[str, str]:
        try:
            return read_directory(self.target.directory / directory)
        except PermissionError as error:
            raise NoAnswerError(not_readable(error.filename)) from None

    def _all_there(self, thing: str, names: Sequence[str], found: Sequence[str]) -> Compared:
        return Compared(len(names), tuple(by_name(thing, dict.fromkeys(names), found, self._by_up)))

    @property
    def _up(self) -> str:
        return up_command(self.target.stack)

    def _by_up(self, _name: str, change: Change) -> str:
        return self._up

    def _mend_container(self, name: str, change: Change) -> str:
        # Compose makes a container anew when the project changes, not when the container does.
        remove = f"docker rm --force {name}"
        return {"missing": self._up, "extra": remove, "changed": f"{remove} && {self._up}"}[change]


def _short(identifier: str) -> str:
    return identifier.removeprefix("sha256:")[:12]

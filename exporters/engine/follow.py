"""Follows the output of every container of one engine, from where it was left."""

from __future__ import annotations

import re
import shutil
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import docker
from docker.errors import APIError, DockerException, NotFound
from docker.models.containers import Container

from .names import folder_name
from .output import Output, OutputFolder, Sent

STREAMS = ("stdout", "stderr")
_BEGAN = ".began"
_ROUND_SECONDS = 10
# Files of a container that is gone, so that a collector that stands still may come back.
_KEPT_SECONDS = 3600
_AGAIN_SECONDS = 1
# Not found, or about to be removed.
_GONE = (404, 409)
# What the SDK and the HTTP libraries below it raise; theirs are OSErrors, but for streams that break.
_BROKEN = (DockerException, OSError)
# Drivers whose lines all end with a line break. Docker's own format of files, which it also keeps beside what remote
# drivers send, has none behind the last part of a long line.
_ENDED = frozenset({"json-file", "journald", "k8s-file"})
_ENTRY = re.compile(rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)) (.*)", re.DOTALL)


@dataclass
class Follower:
    """Follows an engine; where its containers' output is written.

    Attributes:
        folder: of files; it remembers when it was first used, and nothing before that is read.
        data_root: containers of an engine that keeps its data there and logs by json-file have files already.
    """

    client: docker.DockerClient
    folder: Path
    data_root: str
    _folders: dict[str, OutputFolder] = field(default_factory=dict)
    _threads: dict[tuple[str, str], threading.Thread] = field(default_factory=dict)

    def run(self) -> None:
        """Follow until the engine does not answer any more.

        Raises:
            DockerException, OSError: then.
        """
        asked = int(time.time())
        self._began = _began(self.folder, asked)
        self._has_files = self.client.info().get("DockerRootDir") == self.data_root
        for container in self.client.containers.list(all=True, ignore_removed=True):
            self._start(container)
        while True:
            until = asked + _ROUND_SECONDS
            for event in self.client.events(
                since=asked, until=until, filters={"type": "container", "event": ["start", "rename"]}, decode=True
            ):
                self._happened(event)
            # Nothing is missed between two rounds; what is told twice has no effect.
            asked = until
            self._forget()

    def _happened(self, event: dict[str, Any]) -> None:
        try:
            container = self.client.containers.get(event["Actor"]["ID"])
        except NotFound:
            return
        if event.get("Action") == "rename":
            if container.attrs["Id"] in self._folders:
                self._folder(container)
        else:
            self._start(container)

    def _start(self, container: Container) -> None:
        driver = container.attrs["HostConfig"]["LogConfig"]["Type"]
        if driver == "json-file" and self._has_files:
            return
        folder = self._folder(container)
        for stream in STREAMS:
            key = (container.attrs["Id"], stream)
            before = self._threads.get(key)
            thread = threading.Thread(target=self._follow, args=(container, stream, folder, before), daemon=True)
            self._threads[key] = thread
            thread.start()

    def _folder(self, container: Container) -> OutputFolder:
        wanted = self.folder / folder_name(container.attrs)
        identity = container.attrs["Id"]
        if identity not in self._folders:
            left = next(self.folder.glob(f"{identity[:12]},*"), None)
            (left or wanted).mkdir(exist_ok=True)
            self._folders[identity] = OutputFolder(left or wanted)
        self._folders[identity].move(wanted)
        return self._folders[identity]

    def _follow(self, container: Container, stream: str, folder: OutputFolder, before: threading.Thread | None) -> None:
        """One stream, from one start of the container to its end."""
        if before:
            before.join()
        driver = container.attrs["HostConfig"]["LogConfig"]["Type"]
        output = Output(folder, f"{container.id}-{stream}-json.log", stream, ends_missing=driver not in _ENDED)
        while True:
            try:
                container.reload()
                self._read(container, stream, output)
            except APIError as error:
                if error.status_code in _GONE:
                    return
                told = error.explanation or str(error)
                print(f"{stream} of {container.name} ({driver}) is not read: {told}", file=sys.stderr)
                return
            except _BROKEN as error:
                print(f"{stream} of {container.name}: {error}; asking again", file=sys.stderr)
            # Once more after its end: Podman stops following before the last lines.
            if container.status not in ("running", "paused"):
                return
            time.sleep(_AGAIN_SECONDS)

    def _read(self, container: Container, stream: str, output: Output) -> None:
        output.again()
        sent = container.logs(
            stream=True,
            follow=True,
            timestamps=True,
            stdout=stream == "stdout",
            stderr=stream == "stderr",
            # A little before: a float is not exact to the nanosecond.
            since=self._began if output.since is None else output.since - 0.001,
        )
        for data in _lines(sent) if container.attrs["Config"]["Tty"] else sent:
            if found := _ENTRY.fullmatch(data):
                output.write(Sent(found[1].decode(), found[2]))
            else:
                print(f"{stream} of {container.name}: the engine says {data!r:.200}", file=sys.stderr)

    def _forget(self) -> None:
        """Remove files of containers that are gone."""
        old = time.time() - _KEPT_SECONDS
        left = [path for path in self.folder.glob("*,*") if _newest(path) < old]
        if left:
            there = {str(found["Id"])[:12] for found in self.client.api.containers(all=True)}
            for path in left:
                if path.name[:12] not in there:
                    shutil.rmtree(path)
            self._folders = {key: folder for key, folder in self._folders.items() if folder.path.exists()}
        for key, thread in list(self._threads.items()):
            if not thread.is_alive():
                del self._threads[key]


def _began(folder: Path, now: float) -> float:
    """When the folder was first used, in seconds since 1970."""
    path = folder / _BEGAN
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(str(now), encoding="utf-8")
    return float(path.read_text(encoding="utf-8"))


def _newest(folder: Path) -> float:
    return max(path.stat().st_mtime for path in (folder, *folder.iterdir()))


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """A terminal's output comes as it is, not entry by entry."""
    line = bytearray()
    for chunk in chunks:
        line += chunk
        if line.endswith(b"\n"):
            yield bytes(line)
            line.clear()
    if line:
        yield bytes(line)

"""Writing a container image as one archive for `docker load`.

No Dockerfile, no daemon-side build and no root: owners, modes and times are written as they must be, so the same
inputs give the same image id on every machine.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath


@dataclass(frozen=True, slots=True)
class File:
    """A regular file, its content in memory or on disk."""

    content: bytes | Path
    mode: int = 0o644
    uid: int = 0
    gid: int = 0


@dataclass(frozen=True, slots=True)
class Link:
    """A symbolic link."""

    target: str


@dataclass(frozen=True, slots=True)
class Folder:
    """A directory. Those nobody names are made as root's, mode 755."""

    mode: int = 0o755
    uid: int = 0
    gid: int = 0


Entry = File | Link | Folder


@dataclass(slots=True)
class Tree:
    """The root file system of an image: absolute path → entry."""

    entries: dict[str, Entry] = field(default_factory=dict)

    def add(self, path: str, entry: Entry) -> None:
        """Put an entry at an absolute path; a later one replaces an earlier one."""
        self.entries[str(PurePosixPath("/") / path)] = entry

    def write(self, target: io.BufferedIOBase) -> None:
        """Write the tree as a tar archive, sorted, every folder before what is in it."""
        wanted = dict(self.entries)
        for path in self.entries:
            for parent in PurePosixPath(path).parents:
                wanted.setdefault(str(parent), Folder())
        wanted.pop("/", None)
        with tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT) as archive:
            for path in sorted(wanted):
                _write_entry(archive, path.lstrip("/"), wanted[path])


def _write_entry(archive: tarfile.TarFile, name: str, entry: Entry) -> None:
    header = tarfile.TarInfo(name)
    header.mtime = 0
    match entry:
        case Folder():
            header.type = tarfile.DIRTYPE
            header.mode, header.uid, header.gid = entry.mode, entry.uid, entry.gid
            archive.addfile(header)
        case Link():
            header.type = tarfile.SYMTYPE
            header.mode = 0o777
            header.linkname = entry.target
            archive.addfile(header)
        case File(content=Path() as path):
            header.mode, header.uid, header.gid = entry.mode, entry.uid, entry.gid
            header.size = path.stat().st_size
            with path.open("rb") as stream:
                archive.addfile(header, stream)
        case File(content=bytes() as content):
            header.mode, header.uid, header.gid = entry.mode, entry.uid, entry.gid
            header.size = len(content)
            archive.addfile(header, io.BytesIO(content))


@dataclass(frozen=True, slots=True)
class Settings:
    """What a container of the image does when nobody says otherwise."""

    entrypoint: tuple[str, ...]
    command: tuple[str, ...] = ()
    user: str = ""
    workdir: str = "/"
    environment: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    stop_signal: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)


def write_image(target: Path, reference: str, architecture: str, tree: Tree, settings: Settings) -> int:
    """Write an image with one layer to `target`; returns the layer's size in bytes."""
    layer = target.with_suffix(".layer")
    try:
        with layer.open("wb") as stream:
            tree.write(stream)
        digest = _sha256(layer)
        config = json.dumps(_config(architecture, digest, settings), sort_keys=True).encode()
        config_name = f"{hashlib.sha256(config).hexdigest()}.json"
        manifest = [{"Config": config_name, "RepoTags": [reference], "Layers": [f"{digest}/layer.tar"]}]
        with tarfile.open(target, mode="w", format=tarfile.PAX_FORMAT) as archive:
            _write_entry(archive, config_name, File(config))
            _write_entry(archive, digest, Folder())
            _write_entry(archive, f"{digest}/layer.tar", File(layer))
            _write_entry(archive, "manifest.json", File(json.dumps(manifest).encode()))
        return layer.stat().st_size
    finally:
        layer.unlink(missing_ok=True)


def _config(architecture: str, layer: str, settings: Settings) -> dict[str, object]:
    inner: dict[str, object] = {
        "Entrypoint": list(settings.entrypoint),
        "Env": [f"{name}={value}" for name, value in sorted(settings.environment.items())],
        "Labels": dict(settings.labels),
        "User": settings.user,
        "WorkingDir": settings.workdir,
    }
    if settings.command:
        inner["Cmd"] = list(settings.command)
    if settings.ports:
        inner["ExposedPorts"] = {port: {} for port in settings.ports}
    if settings.volumes:
        inner["Volumes"] = {volume: {} for volume in settings.volumes}
    if settings.stop_signal:
        inner["StopSignal"] = settings.stop_signal
    return {
        "architecture": architecture,
        "config": inner,
        # A fixed time: the image id depends on what is in the image, not on when it was made.
        "created": "1970-01-01T00:00:00Z",
        "history": [{"created": "1970-01-01T00:00:00Z", "created_by": "python -m images build"}],
        "os": "linux",
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{layer}"]},
    }


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()

"""Taking programs and the libraries they need out of Debian packages, without installing anything."""

from __future__ import annotations

import fnmatch
import posixpath
import re
import shutil
import subprocess
import tarfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from images.archive import Entry, File, Link
from images.cache import cache_root, folder, locked
from images.elf import needs
from images.errors import ImagesError
from images.machine import machine
from images.process import ReportLine, run_long, run_short

_LISTS_AGE = 12 * 3600.0
_URI = re.compile(r"^'[^']+' (\S+\.deb) ")


def download(packages: Iterable[str], *, what: str, report: ReportLine) -> tuple[Path, ...]:
    """The packages' files, fetched and verified by apt with its own lists in our cache; root is not needed."""
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise ImagesError(f"{what}: this image is made from Debian packages; build it on Debian 12 or Ubuntu.")
    names = list(packages)
    with locked("debian", report):
        _refresh(what, report, age=_LISTS_AGE)
        target = folder("debian", "packages")
        try:
            files = _fetch(names, target, what, report)
        except ImagesError:
            # The archive moves on: a list that is hours old may name files that are gone. Once more with a new one.
            _refresh(what, report, age=0.0)
            files = _fetch(names, target, what, report)
    return files


def _fetch(names: list[str], target: Path, what: str, report: ReportLine) -> tuple[Path, ...]:
    plan = run_short([*_apt("apt-get"), "download", "--print-uris", *names], what=what, environment=_ENVIRONMENT)
    files = [match[1] for match in map(_URI.match, plan.splitlines()) if match]
    if len(files) != len(names):
        # apt leaves out what is already in its current folder; ours is never the current one.
        raise ImagesError(f"{what}: apt offers {len(files)} of the {len(names)} packages {' '.join(names)}.")
    # apt answers in an order of its own, so the file says which package it is.
    missing = [file.partition("_")[0] for file in files if not (target / file).is_file()]
    if missing:
        run_long(
            [*_apt("apt-get"), "download", *missing],
            what=what,
            doing=f"fetching {len(missing)} Debian packages",
            report=report,
            log=cache_root() / "logs" / f"{what}-debian.log",
            cwd=target,
            environment=_ENVIRONMENT,
        )
    return tuple(target / file for file in files)


_ENVIRONMENT = {"LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}


def _apt(command: str) -> list[str]:
    base = folder("debian")
    status = base / "status"
    if not status.exists():
        status.touch()
    for part in ("state/lists/partial", "cache/archives/partial"):
        (base / part).mkdir(parents=True, exist_ok=True)
    settings = {
        "Dir::State": str(base / "state"),
        "Dir::State::status": str(status),
        "Dir::Cache": str(base / "cache"),
        # As root, apt would fetch as the user _apt, who cannot write here.
        "APT::Sandbox::User": "root",
        "Acquire::Languages": "none",
    }
    return [command, "-q", *(word for name, value in settings.items() for word in ("-o", f"{name}={value}"))]


def _refresh(what: str, report: ReportLine, *, age: float) -> None:
    stamp = folder("debian") / "refreshed"
    if stamp.exists() and time.time() - stamp.stat().st_mtime < age:
        return
    run_long(
        [*_apt("apt-get"), "update"],
        what=what,
        doing="refreshing the package lists",
        report=report,
        log=cache_root() / "logs" / "debian-update.log",
        environment=_ENVIRONMENT,
    )
    stamp.touch()


def versions(files: Iterable[Path]) -> str:
    """`package=version` of each file, for the image's label."""
    found = []
    for file in files:
        name, version, _ = file.stem.split("_", 2)
        found.append(f"{name}={version.replace('%3a', ':')}")
    return " ".join(sorted(found))


def contents(files: Iterable[Path], *, what: str) -> dict[str, Entry]:
    """Every file and link of the packages by its path without the leading slash, owned by root."""
    found: dict[str, Entry] = {}
    for file in files:
        try:
            with (
                subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(file)], stdout=subprocess.PIPE) as process,
                tarfile.open(fileobj=process.stdout, mode="r|") as archive,
            ):
                _read(archive, found)
        except tarfile.TarError as error:
            raise ImagesError(f"{what}: dpkg-deb cannot read {file}; delete that file and build again.") from error
    return found


def _read(archive: tarfile.TarFile, found: dict[str, Entry]) -> None:
    for member in archive:
        path = posixpath.normpath(member.name)
        if member.isreg():
            stream = archive.extractfile(member)
            # Set-user-id bits are dropped: nothing in an image may gain rights.
            found[path] = File(stream.read() if stream else b"", member.mode & 0o777)
        elif member.islnk():
            found[path] = found[posixpath.normpath(member.linkname)]
        elif member.issym():
            found[path] = Link(member.linkname)


def select(
    available: Mapping[str, Entry],
    *,
    keep: Iterable[str],
    drop: Iterable[str] = (),
    others: Mapping[str, Entry] | None = None,
    what: str,
) -> dict[str, Entry]:
    """What `keep` names and `drop` does not, plus every library that these and `others` need to start.

    A library that no package has is an error here rather than in the running container.
    """
    unwanted = list(drop)
    chosen: dict[str, Entry] = {}
    for pattern in keep:
        matches = fnmatch.filter(available, pattern)
        if not matches:
            raise ImagesError(f"{what}: no file of the packages matches {pattern!r}; correct keep in its recipe.")
        chosen |= {path: available[path] for path in matches if not _matches(path, unwanted)}
    libraries = _libraries(available)
    carried = {posixpath.basename(path) for path in (*(others or {}), *chosen)}
    waiting = [*chosen.items(), *(others or {}).items()]
    while waiting:
        path, entry = waiting.pop()
        wanted: list[str] = []
        if isinstance(entry, Link):
            target = posixpath.normpath(posixpath.join("/", posixpath.dirname(path), entry.target)).lstrip("/")
            if target in available and target not in chosen:
                wanted.append(target)
        elif isinstance(entry, File):
            wanted = _needed(path, entry, available, libraries, carried, what)
        for name in wanted:
            if name not in chosen:
                chosen[name] = available[name]
                waiting.append((name, available[name]))
    return chosen


def _needed(
    path: str,
    entry: File,
    available: Mapping[str, Entry],
    libraries: Mapping[str, str],
    carried: set[str],
    what: str,
) -> list[str]:
    content = entry.content if isinstance(entry.content, bytes) else entry.content.read_bytes()
    need = needs(content)
    if need is None:
        return []
    wanted: list[str] = []
    for name in need.libraries:
        if name in libraries:
            wanted.append(libraries[name])
        elif name not in carried:
            raise ImagesError(f"{what}: {path} needs {name}; add the Debian package that has it to its recipe.")
    if need.interpreter:
        loader = need.interpreter.lstrip("/")
        if loader not in available:
            raise ImagesError(f"{what}: {path} needs /{loader}; add libc6 to its recipe.")
        wanted.append(loader)
    return wanted


def _libraries(available: Mapping[str, Entry]) -> dict[str, str]:
    """Library name → path, from the folders the dynamic loader searches by itself."""
    triplet = f"{machine()}-linux-gnu"
    folders = {f"lib/{triplet}", f"usr/lib/{triplet}", "lib", "usr/lib", "lib64"}
    return {
        posixpath.basename(path): path
        for path in available
        if posixpath.dirname(path) in folders and ".so" in posixpath.basename(path)
    }


def _matches(path: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns)


def program(packages: Iterable[str], path: str, *, name: str, what: str, report: ReportLine) -> Path:
    """One program of a package as a host tool: only its own file, the libraries are the host's."""
    names = list(packages)
    files = download(names, what=what, report=report)
    # The first package is the program's own, the others are libraries.
    source = next(file for file in files if file.name.startswith(f"{names[0]}_"))
    target = folder("tools") / f"{what}-{source.stem}" / name
    if not target.is_file():
        entry = contents((source,), what=what).get(path)
        if not isinstance(entry, File) or not isinstance(entry.content, bytes):
            raise ImagesError(f"{what}: {source.name} has no {path}; correct the path in its recipe.")
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_suffix(".new")
        fresh.write_bytes(entry.content)
        fresh.chmod(0o755)
        fresh.rename(target)
    return target

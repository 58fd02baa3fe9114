"""The world with a registry: whether one answers, and pulling from it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from images import docker
from images.cache import cache_root
from images.catalog import CATALOG, Image, load_catalog
from images.errors import ImagesError
from images.process import Report, run_long


def registry_answers(timeout: float = 12.0) -> bool:
    """Whether the daemon can pull: it is asked for the smallest image of the catalogue.

    The daemon itself must answer for it, because its mirrors, proxy and logins are what a later pull uses.
    """
    probe = load_catalog()["busybox"].reference("registry")
    try:
        done = subprocess.run(
            [docker.command(), "pull", "--quiet", probe],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout,
            check=False,
        )
    except (subprocess.TimeoutExpired, ImagesError):
        return False
    return done.returncode == 0


def pull(names: Iterable[str] | None = None, report: Report = print) -> Mapping[str, str]:
    """Pull upstream's images of these components, or of all; returns component → why it failed.

    A component without upstream image is passed over.
    """
    failures: dict[str, str] = {}
    done: set[str] = set()
    for image in chosen(names):
        if not image.registry:
            report(f"{image.component}: has no upstream image, it is built")
            continue
        reference = image.reference("registry")
        if reference in done:
            report(f"{image.component}: the same image, {reference}")
            continue
        report(f"{image.component}: pulling {reference}")
        try:
            run_long(
                [docker.command(), "pull", "--quiet", reference],
                what=image.component,
                doing=f"pulling {reference}",
                report=report,
                log=cache_root() / "logs" / f"{image.component}-pull.log",
            )
        except ImagesError as error:
            failures[image.component] = str(error)
            report(str(error))
        else:
            done.add(reference)
            report(f"{image.component}: pulled")
    return failures


def chosen(names: Iterable[str] | None) -> list[Image]:
    """The catalogue's entries of these names, in the given order; all when no names are given."""
    catalog = load_catalog()
    wanted = list(catalog) if names is None else list(dict.fromkeys(names))
    unknown = [name for name in wanted if name not in catalog]
    if unknown:
        raise ImagesError(f"Unknown component {', '.join(unknown)}; there are {', '.join(catalog)}.")
    return [catalog[name] for name in wanted]


def digests(names: Iterable[str] | None = None) -> Mapping[str, str]:
    """Component → digest of the upstream image the daemon has, for those it has."""
    found = {}
    for image in chosen(names):
        digest = docker.digest_of(f"{image.registry}:{image.tag}") if image.registry else ""
        if digest:
            found[image.component] = digest
    return found


def write_digests(found: Mapping[str, str], path: Path = CATALOG) -> int:
    """Put digests into the catalogue file, everything else as it was; returns how many lines changed."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    component = ""
    changed = 0
    for index, line in enumerate(lines):
        if header := re.fullmatch(r"\[([a-z0-9-]+)\]\s*", line):
            component = header[1]
        elif component in found and line.startswith("digest = "):
            fresh = f'digest = "{found[component]}"\n'
            changed += fresh != line
            lines[index] = fresh
    path.write_text("".join(lines), encoding="utf-8")
    return changed

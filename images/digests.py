"""Pinning upstream's images: the digest that each component's tag has now, written into the catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from images import docker
from images.catalog import CATALOG, Image
from images.errors import ImagesError
from images.process import ReportLine
from images.registry import chosen


def pin(names: Iterable[str] | None = None, report: ReportLine = print, path: Path = CATALOG) -> Mapping[str, str]:
    """Write the digest of each of these components' tags, or of all; nothing is pulled.

    Args:
        names: components; those without upstream image are passed over.
        report: told what became of each.
        path: the catalogue file that is written.

    Returns:
        Component → why its registry gave no digest; its entry stays as it is.

    Raises:
        ImagesError: when no daemon answers or no registry gave a digest; the file stays as it is.
    """
    images = [image for image in chosen(names) if image.registry]
    docker.require_daemon()
    with ThreadPoolExecutor() as pool:
        answers = dict(zip(images, pool.map(_ask, images), strict=True))
    found = {image.component: answer for image, answer in answers.items() if isinstance(answer, str)}
    failures = {image.component: str(answer) for image, answer in answers.items() if isinstance(answer, ImagesError)}
    for image in images:
        if image.component in found:
            report(_change(image, found[image.component]))
    # One registry that does not answer gives one reason for many components.
    for reason in dict.fromkeys(failures.values()):
        report(f"{', '.join(name for name, why in failures.items() if why == reason)}: {reason}")
    if failures and not found:
        raise ImagesError(
            f"No image registry gave a digest: {path.name} stays as it is, and images without a digest go by their"
            " tags. Run `make pins` on a machine that reaches the registries, and commit the file."
        )
    _write(found, path)
    return failures


def _ask(image: Image) -> str | ImagesError:
    try:
        return docker.registry_digest(f"{image.registry}:{image.tag}")
    except ImagesError as error:
        return error


def _change(image: Image, digest: str) -> str:
    named = f"{image.component}: {image.registry}:{image.tag}"
    if image.digest == digest:
        return f"{named} is unchanged"
    return f"{named} moved from {image.digest} to {digest}" if image.digest else f"{named} is {digest}"


def _write(found: Mapping[str, str], path: Path) -> None:
    """Put digests into the catalogue file, everything else as it was."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    component = ""
    for index, line in enumerate(lines):
        if header := re.fullmatch(r"\[([a-z0-9-]+)\]\s*", line):
            component = header[1]
        elif component in found and line.startswith("digest = "):
            lines[index] = f'digest = "{found[component]}"\n'
    path.write_text("".join(lines), encoding="utf-8")

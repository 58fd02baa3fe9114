"""The few things that are asked of the Docker daemon, through its SDK."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import docker
from docker.errors import APIError, BuildError, DockerException, ImageNotFound
from docker.models.images import Image
from urllib3.exceptions import HTTPError

from images.cache import folder
from images.errors import ImagesError
from images.process import ReportLine, one_line, signs_of_life

RECIPE_LABEL = "monitoring.recipe"
"""Label that says which recipe hash an image was made from."""

_PATIENCE = 900
"""Seconds of silence from the daemon, which says nothing while it unpacks a large layer or builds a step."""


@functools.cache
def client(patience: int = _PATIENCE) -> docker.DockerClient:
    """The daemon that `DOCKER_HOST` or the current Docker context names.

    Args:
        patience: seconds without a word after which a request fails.

    Raises:
        ImagesError: when no daemon answers.
    """
    with _explained("No Docker daemon answers; start it, or set DOCKER_HOST."):
        return docker.from_env(timeout=patience)


def require_daemon() -> None:
    """Fail with one sentence when no daemon answers."""
    client(patience=20)


def recipe_of(reference: str) -> str | None:
    """The recipe hash of a local image: empty when it has none, None when there is no such image."""
    image = _image(reference)
    return None if image is None else str(image.labels.get(RECIPE_LABEL, ""))


def is_present(reference: str) -> bool:
    """Whether the daemon has an image by this reference, with or without a digest."""
    return _image(reference) is not None


def registry_digest(reference: str) -> str:
    """The digest that a tag has in its registry now; nothing is pulled.

    Raises:
        ImagesError: with the registry's or the daemon's words.
    """
    with _explained("no digest:"):
        return client(patience=60).images.get_registry_data(reference).id


def pull(reference: str, *, what: str, report: ReportLine, patience: int = _PATIENCE) -> None:
    """Pull an image.

    Raises:
        ImagesError: with the registry's or the daemon's words, after `patience` seconds of silence too.
    """
    doing = f"pulling {reference}"
    with signs_of_life(what, doing, report), _explained(f"{what}: {doing} failed:"):
        # Not `images.pull`: it passes over errors of a pull that had begun.
        for event in client(patience).api.pull(reference, stream=True, decode=True):
            if "error" in event:
                raise DockerException(event["error"])


def load(archive: Path, reference: str, *, what: str, report: ReportLine) -> None:
    """Load an image archive. The image that had the name before is removed when nothing uses it."""
    before = _image(reference)
    doing = "loading the image"
    with signs_of_life(what, doing, report), _explained(f"{what}: {doing} failed:"), archive.open("rb") as stream:
        client().images.load(stream)
    if before is not None and before != _image(reference):
        # Refused while a container runs on it, and then it stays.
        with suppress(APIError):
            client().images.remove(str(before.id))


def build(
    context: Path, dockerfile: Path, reference: str, labels: dict[str, str], *, what: str, report: ReportLine
) -> None:
    """Build a Dockerfile whose base image comes from a registry; it need not be in the context."""
    doing = "building from its Dockerfile"
    log = folder("logs") / f"{what}-build.log"
    with signs_of_life(what, doing, report), _explained(f"{what}: {doing} failed:"):
        try:
            client().images.build(
                path=str(context), dockerfile=str(dockerfile), tag=reference, labels=labels, forcerm=True
            )
        except BuildError as error:
            log.write_text("".join(str(line.get("stream", "")) for line in error.build_log), encoding="utf-8")
            raise ImagesError(f"{what}: {doing} failed: {one_line(error.msg)} The whole output is in {log}.") from error


def _image(reference: str) -> Image | None:
    with _explained(f"{reference} cannot be looked up:"):
        try:
            return client().images.get(reference)
        except ImageNotFound:
            return None


@contextmanager
def _explained(problem: str) -> Iterator[None]:
    """Turn what the SDK and the HTTP library under it raise into one sentence that begins with `problem`."""
    try:
        yield
    except (DockerException, OSError, HTTPError) as error:
        words = error.explanation if isinstance(error, APIError) and error.explanation else str(error)
        raise ImagesError(f"{problem} {one_line(words) or type(error).__name__}") from error

"""The world with a registry: whether one answers, and pulling from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from images import docker
from images.catalog import Image, load_catalog
from images.errors import ImagesError
from images.process import ReportLine


def registry_answers(patience: int = 12) -> bool:
    """Whether the daemon can pull: it is asked for the smallest image of the catalogue.

    The daemon itself must answer for it, because its mirrors, proxy and logins are what a later pull uses.

    Args:
        patience: seconds without a word after which the answer is no.
    """
    probe = load_catalog()["busybox"]
    try:
        docker.pull(probe.reference("registry"), what=probe.component, report=lambda _: None, patience=patience)
    except ImagesError:
        return False
    return True


def pull(names: Iterable[str] | None = None, report: ReportLine = print) -> Mapping[str, str]:
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
            docker.pull(reference, what=image.component, report=report)
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

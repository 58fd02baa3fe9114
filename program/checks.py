"""Mistakes that only the whole program can see: those of its runtime, and exporters and stores without an image."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from pydantic import ValidationError

from catalog import kinds
from components.stores import log_stores, stores_of, trace_stores
from images.catalog import Image
from program.images import image_references
from runtimes import runtime_check
from settings.checks.checked import Check, Checked
from settings.errors import Mistake, listed
from settings.model import ImagesSettings


def checks(catalog: Mapping[str, Image]) -> tuple[Check, ...]:
    """What a stack file is checked for, beside what settings themselves know.

    Args:
        catalog: every image there is, by component.
    """
    return _of_the_runtime, partial(_exporters_without_image, catalog), partial(_stores_without_image, catalog)


def _of_the_runtime(checked: Checked) -> Iterator[Mistake]:
    if checked.runtime in checked.known.runtimes:
        yield from runtime_check(checked.runtime)(checked)


def _exporters_without_image(catalog: Mapping[str, Image], checked: Checked) -> Iterator[Mistake]:
    """Yield services whose exporter has no image: they would be declared, and nothing would ever be measured."""
    try:
        # The section alone: a mistake elsewhere in the file must not hide these.
        settings = ImagesSettings.model_validate(checked.section("images"))
    except ValidationError:
        return
    images = image_references(settings, catalog)
    for index, service in checked.services.items():
        for exporter in kinds()[service.kind].contribute(service).exporters:
            if exporter.image in images:
                continue
            found = f"{service.kind!r}, whose exporter {exporter.image} has no image"
            allowed, action = "a kind whose exporter has one", f"Add {exporter.image} to images/catalog.toml."
            if exporter.image in catalog:
                allowed += f", or images.overrides.{exporter.image}"
                action = f"With images.source {settings.source}: {catalog[exporter.image].unavailable}"
            yield Mistake(f"services[{index}].kind", found, allowed, action)


def _stores_without_image(catalog: Mapping[str, Image], checked: Checked) -> Iterator[Mistake]:
    """Yield stores that the stack names, but that cannot run where it takes its images."""
    if checked.settings is None:
        return
    stores, images = stores_of(checked.settings), image_references(checked.settings.images, catalog)
    for section, store, others in (("logs", stores.logs, log_stores()), ("traces", stores.traces, trace_stores())):
        for image in store.images:
            if image in images:
                continue
            runnable = listed(other.name for other in others if images.keys() >= set(other.images))
            allowed, action = runnable, f"Add {image} to images/catalog.toml."
            if image in catalog:
                allowed += f", or an image in images.overrides.{image}"
                action = f"With images.source {checked.settings.images.source}: {catalog[image].unavailable}"
            yield Mistake(f"{section}.store", f"{store.name!r}, whose {image} has no image", allowed, action)

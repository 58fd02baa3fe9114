"""Which image each component has, decided once for a whole program."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from images.catalog import Image, load_catalog
from settings.model import ImagesSettings


@cache
def image_catalog() -> Mapping[str, Image]:
    """Every image there is, by component; read once."""
    return load_catalog()


def image_references(settings: ImagesSettings, catalog: Mapping[str, Image]) -> dict[str, str]:
    """The reference of every component that has an image where the settings take them from, or an override."""
    source = settings.source
    found = {name: image.reference(source) for name, image in catalog.items() if image.has(source)}
    return {**found, **settings.overrides}

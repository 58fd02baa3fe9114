"""The catalogue of container images: one typed entry per component, read from `catalog.toml`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, PrivateAttr, ValidationError, model_validator

from images.errors import ImagesError
from images.model import Table, mistake, mistakes, read_toml

Source = Literal["registry", "built"]
"""Which world an image comes from: an image registry, or a build on this machine."""

CATALOG = Path(__file__).with_name("catalog.toml")

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def _check_tag(tag: str) -> str:
    if tag == "latest":
        raise mistake("'latest' is not a version, name one")
    return tag


def _check_digest(digest: str) -> str:
    if digest and not _DIGEST.fullmatch(digest):
        raise mistake(f"must be empty or sha256: and 64 hex digits, is {digest!r}")
    return digest


class Image(Table):
    """One component's image: upstream's reference, and the name of the one that is built, or why none can be."""

    registry: str
    tag: Annotated[str, AfterValidator(_check_tag)]
    digest: Annotated[str, AfterValidator(_check_digest)]
    built: str = ""
    unavailable: str = ""
    _component: str = PrivateAttr()

    def model_post_init(self, component: str) -> None:
        """Take the component's name, which the file has as the name of the table."""
        self._component = component

    @property
    def component(self) -> str:
        """The name of the component, which the file has as the name of the table."""
        return self._component

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        found = []
        if bool(self.registry) != bool(self.tag):
            found.append("registry and tag belong together, one of them is empty")
        if bool(self.built) == bool(self.unavailable):
            found.append("needs exactly one of built and unavailable")
        elif self.unavailable and not self.registry:
            found.append("has neither an upstream image nor a built one")
        if found:
            raise mistake("; ".join(found))
        return self

    def has(self, source: Source) -> bool:
        """Whether there is an image in that world. One that has no upstream is built in both."""
        return bool(self.built) or (source == "registry" and bool(self.registry))

    def reference(self, source: Source) -> str:
        """The reference a runtime starts. An image that has no upstream is built in both worlds."""
        if source == "registry" and self.registry:
            return f"{self.registry}:{self.tag}" + (f"@{self.digest}" if self.digest else "")
        if self.built:
            return self.built
        raise ImagesError(f"{self.component} cannot be built here: {self.unavailable}")


def load_catalog(path: Path = CATALOG) -> Mapping[str, Image]:
    """Read the catalogue, components in order. A malformed file is refused with all of its mistakes."""
    document = read_toml(path, path.name)
    found: list[str] = []
    images: dict[str, Image] = {}
    for component, entry in document.items():
        if not _NAME.fullmatch(component):
            found.append(f"{component}: must be lower-case letters, digits and single dashes")
        try:
            images[component] = Image.model_validate(entry, context=component)
        except ValidationError as error:
            found += mistakes(error, Image, component)
    if list(document) != sorted(document):
        first = next(later for earlier, later in zip(document, list(document)[1:], strict=False) if later < earlier)
        found.append(f"{first}: components must be in alphabetical order")
    if found:
        raise ImagesError(f"{path.name}: " + "; ".join(found) + ".")
    return MappingProxyType(images)

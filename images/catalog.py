"""The catalogue of container images: one typed entry per component, read from `catalog.toml`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from images.errors import ImagesError

Source = Literal["registry", "built"]
"""Which world an image comes from: an image registry, or a build on this machine."""

CATALOG = Path(__file__).with_name("catalog.toml")

_KEYS = ("registry", "tag", "digest", "built", "unavailable")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Image:
    """One component's image: upstream's reference, and the name of the one that is built, or why none can be."""

    component: str
    registry: str
    tag: str
    digest: str
    built: str
    unavailable: str

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
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ImagesError(f"{path.name} cannot be read: {error.strerror}.") from error
    except tomllib.TOMLDecodeError as error:
        raise ImagesError(f"{path.name} is not valid TOML: {error}.") from error
    mistakes: list[str] = []
    images: dict[str, Image] = {}
    for component, entry in document.items():
        wrong = _mistakes(component, entry)
        if wrong:
            mistakes += wrong
        else:
            images[component] = Image(component, **{key: entry.get(key, "") for key in _KEYS})
    if list(document) != sorted(document):
        first = next(later for earlier, later in zip(document, list(document)[1:], strict=False) if later < earlier)
        mistakes.append(f"{first}: components must be in alphabetical order")
    if mistakes:
        raise ImagesError(f"{path.name}: " + "; ".join(mistakes) + ".")
    return MappingProxyType(images)


def _mistakes(component: str, entry: object) -> list[str]:
    """Everything that is wrong with one entry, each as `component.key: what is wrong`."""
    if not isinstance(entry, dict):
        return [f"{component}: must be a table"]
    found: list[str] = []
    if not _NAME.fullmatch(component):
        found.append(f"{component}: must be lower-case letters, digits and single dashes")
    for key, value in entry.items():
        if key not in _KEYS:
            found.append(f"{component}.{key}: unknown key, allowed are {', '.join(_KEYS)}")
        elif not isinstance(value, str):
            found.append(f"{component}.{key}: must be a string, is {value!r}")
    found += [f"{component}.{key}: missing" for key in ("registry", "tag", "digest") if key not in entry]
    if found:
        return found
    if bool(entry["registry"]) != bool(entry["tag"]):
        found.append(f"{component}: registry and tag belong together, one of them is empty")
    if entry["tag"] == "latest":
        found.append(f"{component}.tag: 'latest' is not a version, name one")
    if entry["digest"] and not _DIGEST.fullmatch(entry["digest"]):
        found.append(f"{component}.digest: must be empty or sha256: and 64 hex digits, is {entry['digest']!r}")
    if bool(entry.get("built")) == bool(entry.get("unavailable")):
        found.append(f"{component}: needs exactly one of built and unavailable")
    if not entry["registry"] and not entry.get("built"):
        found.append(f"{component}: has neither an upstream image nor a built one")
    return found

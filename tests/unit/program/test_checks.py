"""Exporters that have no image: mistakes of the stack file like any other, told together with them."""

from __future__ import annotations

from pathlib import Path
from tempfile import NamedTemporaryFile

import pytest

from images.catalog import load_catalog
from program.checks import checks
from program.known import known
from settings import ConfigurationError, StackSettings, load_settings
from tests.plans import configuration

CACHE: dict[str, object] = {"name": "cache", "kind": "redis", "target": "cache:6379"}
API: dict[str, object] = {"name": "api", "kind": "fastapi", "target": "api:8000"}
WHY = "Its module is gone; without it Redis is not watched."
EXPORTER = "redis-exporter"
NOT_BUILT = f"""
[{EXPORTER}]
registry = "oliver006/redis_exporter"
tag = "v1"
digest = ""
unavailable = "{WHY}"
"""


def settings_with(entry: str, *services: dict[str, object], **sections: object) -> StackSettings:
    """The settings of a stack whose catalogue of images has this entry of the Redis exporter, or none."""
    others = {name: found for name, found in load_catalog().items() if name != EXPORTER}
    with NamedTemporaryFile("w", suffix=".toml") as file:
        file.write(entry)
        file.flush()
        catalog = {**others, **load_catalog(Path(file.name))}
    return load_settings(configuration(*services, **sections), known(catalog), checks(catalog))


def mistakes_with(entry: str, *services: dict[str, object], **sections: object) -> list[str]:
    with pytest.raises(ConfigurationError) as refused:
        settings_with(entry, *services, **sections)
    return [str(mistake) for mistake in refused.value.mistakes]


def test_an_exporter_that_cannot_be_built_is_a_mistake_where_images_are_built() -> None:
    assert mistakes_with(NOT_BUILT, API, CACHE, images={"source": "built"}) == [
        "services[1].kind: found 'redis', whose exporter redis-exporter has no image. Allowed: a kind whose exporter "
        f"has one, or images.overrides.redis-exporter. With images.source built: {WHY}"
    ]


def test_it_is_none_where_a_registry_has_it_or_an_override_names_one() -> None:
    assert settings_with(NOT_BUILT, CACHE)
    assert settings_with(
        NOT_BUILT, CACHE, images={"source": "built", "overrides": {EXPORTER: "mirror.example/redis-exporter:1"}}
    )


def test_it_is_none_of_a_stack_that_does_not_use_it() -> None:
    assert settings_with(NOT_BUILT, API, images={"source": "built"})


def test_an_exporter_that_the_catalogue_does_not_know_is_named_to_whoever_wrote_its_kind() -> None:
    assert mistakes_with("", CACHE) == [
        "services[0].kind: found 'redis', whose exporter redis-exporter has no image. "
        "Allowed: a kind whose exporter has one. Add redis-exporter to images/catalog.toml."
    ]


def test_it_is_told_together_with_the_other_mistakes_of_the_file_in_their_order() -> None:
    found = mistakes_with(
        NOT_BUILT, {**API, "target": "api"}, CACHE, images={"source": "built"}, logs={"storag": "1Gi"}
    )
    assert [line.split(": found ")[0] for line in found] == ["services[0].target", "services[1].kind", "logs.storag"]

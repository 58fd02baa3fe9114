"""The image catalogue: what is in it, and the mistakes that it may not have."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from images.catalog import load_catalog
from images.errors import ImagesError
from tests.unit.images.written import write

COMPONENTS = {
    "alertmanager",
    "blackbox-exporter",
    "busybox",
    "cadvisor",
    "celery-exporter",
    "collector-agent",
    "collector-gateway",
    "demo",
    "engine-logs",
    "grafana",
    "jaeger",
    "kafka-exporter",
    "loki",
    "mongodb-exporter",
    "mysqld-exporter",
    "nginx-exporter",
    "node-exporter",
    "pgbouncer-exporter",
    "postgres",
    "postgres-exporter",
    "prometheus",
    "redis",
    "redis-exporter",
    "statsd-exporter",
    "tempo",
    "victorialogs",
    "viewer",
}


GOOD = """
[thing]
registry = "someone/thing"
tag = "v1"
digest = ""
built = "monitoring/thing:1"
"""


def test_the_catalogue_has_every_component_in_order() -> None:
    catalog = load_catalog()
    assert set(catalog) == COMPONENTS
    assert list(catalog) == sorted(catalog)


def test_every_image_is_built_or_says_why_not() -> None:
    for image in load_catalog().values():
        assert bool(image.built) != bool(image.unavailable), image.component
        if image.unavailable:
            assert image.unavailable.endswith("."), image.component
            assert "without it" in image.unavailable, image.component


def test_built_names_are_our_own_and_unique() -> None:
    built = [image.built for image in load_catalog().values() if image.built]
    assert len(set(built)) == len(built)
    assert all(re.fullmatch(r"monitoring/[a-z-]+:[0-9][0-9.]*", name) for name in built)


def test_reference_of_both_sources() -> None:
    catalog = load_catalog()
    prometheus = catalog["prometheus"].model_copy(update={"digest": ""})
    assert prometheus.reference("registry") == "prom/prometheus:v3.15.0"
    assert prometheus.reference("built") == "monitoring/prometheus:3.15.0"
    pinned = prometheus.model_copy(update={"digest": "sha256:" + "0" * 64})
    assert pinned.reference("registry") == f"prom/prometheus:v3.15.0@sha256:{'0' * 64}"


def test_an_image_without_upstream_is_built_in_both_worlds() -> None:
    demo = load_catalog()["demo"]
    assert demo.reference("registry") == demo.reference("built") == "monitoring/demo:1"


def test_an_image_that_cannot_be_built_says_why() -> None:
    with pytest.raises(ImagesError, match=r"^grafana cannot be built here: Grafana's server is published to no"):
        load_catalog()["grafana"].reference("built")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("", ""), ""),
        (('tag = "v1"\n', ""), "thing.tag: missing"),
        (
            ('digest = ""', 'digest = "sha256:1"'),
            "thing.digest: must be empty or sha256: and 64 hex digits, is 'sha256:1'",
        ),
        (('tag = "v1"', "tag = 1"), "thing.tag: must be a string, is 1"),
        (('tag = "v1"', 'tag = "latest"'), "thing.tag: 'latest' is not a version, name one"),
        (('tag = "v1"', 'tag = ""'), "thing: registry and tag belong together, one of them is empty"),
        (('built = "monitoring/thing:1"', ""), "thing: needs exactly one of built and unavailable"),
        (
            ('built = "monitoring/thing:1"', 'built = "a:1"\nunavailable = "No."'),
            "thing: needs exactly one of built and unavailable",
        ),
        (
            ('tag = "v1"', 'tag = "v1"\nversion = "1"'),
            "thing.version: unknown key, allowed are registry, tag, digest, built, unavailable",
        ),
        (("[thing]", "[Thing]"), "Thing: must be lower-case letters, digits and single dashes"),
        (
            ("\n[thing]", "\nthing = 1\n[other]"),
            "thing: must be a table, is 1; other: components must be in alphabetical order",
        ),
    ],
)
def test_a_malformed_catalogue_is_refused_by_name(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    path = write(tmp_path / "catalog.toml", GOOD.replace(*change) if change[0] else GOOD)
    if not message:
        assert list(load_catalog(path)) == ["thing"]
        return
    with pytest.raises(ImagesError) as error:
        load_catalog(path)
    assert str(error.value) == f"catalog.toml: {message}."


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    path = write(tmp_path / "catalog.toml", GOOD.replace('tag = "v1"', 'tag = "latest"') + GOOD.replace("thing", "a"))
    with pytest.raises(ImagesError) as error:
        load_catalog(path)
    assert str(error.value) == (
        "catalog.toml: thing.tag: 'latest' is not a version, name one; a: components must be in alphabetical order."
    )


def test_a_catalogue_that_is_no_toml(tmp_path: Path) -> None:
    with pytest.raises(ImagesError, match=r"^catalog\.toml is not valid TOML: Expected"):
        load_catalog(write(tmp_path / "catalog.toml", "[thing"))

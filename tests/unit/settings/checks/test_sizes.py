"""Sizes of which nothing would be left for a program."""

from __future__ import annotations

import pytest

from settings.types import mebibytes
from tests.plans import mistakes_in, plan_of

API: dict[str, object] = {"name": "api", "kind": "fastapi", "target": "api:8000"}


@pytest.mark.parametrize(
    ("section", "store", "key", "too_small", "smallest"),
    [
        ("logs", "loki", "storage", "1023Mi", "1Gi"),
        ("logs", "loki", "memory", "63Mi", "64Mi"),
        ("logs", "victorialogs", "storage", "1023Mi", "1Gi"),
        ("logs", "victorialogs", "memory", "255Mi", "256Mi"),
        ("traces", "jaeger", "storage", "1Mi", "1Gi"),
        ("traces", "tempo", "memory", "1Mi", "64Mi"),
    ],
)
def test_less_than_a_store_needs_is_a_mistake(
    section: str, store: str, key: str, too_small: str, smallest: str
) -> None:
    assert plan_of(API, **{section: {"store": store, key: smallest}})
    assert mistakes_in(API, **{section: {"store": store, key: too_small}}) == [
        f"{section}.{key}: found {too_small!r}. Allowed: a size from {smallest} up. {store} needs as much."
    ]


def test_the_store_that_the_images_are_made_for_counts_when_none_is_said() -> None:
    assert mistakes_in(API, images={"source": "built"}, logs={"storage": "9Mi"}) == [
        "logs.storage: found '9Mi'. Allowed: a size from 1Gi up. victorialogs needs as much."
    ]


def test_prometheus_needs_memory() -> None:
    assert plan_of(API, prometheus={"memory": "256Mi"})
    assert mistakes_in(API, prometheus={"memory": "255Mi"}) == [
        "prometheus.memory: found '255Mi'. Allowed: a size from 256Mi up. prometheus needs as much."
    ]


def test_prometheus_needs_room_for_its_write_ahead_log() -> None:
    assert plan_of(API, prometheus={"storage": "1Gi"})
    assert mistakes_in(API, prometheus={"storage": "1Mi"}) == [
        "prometheus.storage: found '1Mi'. Allowed: a size from 1Gi up. prometheus needs as much."
    ]


def test_sizes_are_compared_across_units() -> None:
    assert [mebibytes(size) for size in ("512Mi", "2Gi", "1Ti")] == [512, 2048, 1024 * 1024]

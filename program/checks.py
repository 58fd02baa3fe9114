"""Mistakes that only the whole program can see: those of its runtime, and stores and exporters that have no image."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from pydantic import ValidationError

from catalog import kinds
from catalog.look_back import as_duration
from components.grafana_sources import datasources
from components.stores import log_stores, stores_of, trace_stores
from images.catalog import Image
from program.images import image_references
from program.managed import managed_alerting
from program.plan import planned
from runtimes import runtime_check
from settings.checks.checked import Checked, SettingsCheck
from settings.errors import Mistake, did_you_mean, listed, shown
from settings.model import ImagesSettings, StackSettings
from settings.service import Service
from settings.types import seconds


def checks(catalog: Mapping[str, Image]) -> tuple[SettingsCheck, ...]:
    """What a stack file is checked for, beside what settings themselves know.

    Args:
        catalog: every image there is, by component.
    """
    return (
        _of_the_runtime,
        _retention,
        partial(_stores, catalog),
        partial(_exporters, catalog),
        partial(_managed, catalog),
        _grafana_sources,
    )


def _of_the_runtime(checked: Checked) -> Iterator[Mistake]:
    if checked.runtime in checked.known.runtimes:
        yield from runtime_check(checked.runtime)(checked)


def _retention(checked: Checked) -> Iterator[Mistake]:
    """Yield a retention that is shorter than what a rule reads."""
    said = checked.settings.retention.metrics if checked.settings else None
    if checked.settings is None or said is None:
        return
    furthest = planned(checked.settings, "").looks_back
    if furthest and seconds(said) < furthest.back.total_seconds():
        allowed = f"a duration from {as_duration(furthest.back)} up"
        yield Mistake("retention.metrics", shown(said), allowed, f"{furthest.rule} looks back that far.")


def _stores(catalog: Mapping[str, Image], checked: Checked) -> Iterator[Mistake]:
    if checked.settings is not None:
        yield from stores_without_image(checked.settings, catalog)


def _managed(catalog: Mapping[str, Image], checked: Checked) -> Iterator[Mistake]:
    if checked.settings is not None:
        yield from managed_alerting(checked.settings, catalog)


def _grafana_sources(checked: Checked) -> Iterator[Mistake]:
    """Yield data sources of which a Grafana that is there already is not told where they are, and addresses of none."""
    if checked.settings is None or checked.settings.grafana.is_own:
        return
    said = checked.settings.grafana.sources
    wanted = {source.ref.uid for source in datasources(checked.settings, stores_of(checked.settings))}
    for uid in sorted(wanted - said.keys()):
        action = f"A Grafana that is there already reaches {uid} by an address of its own."
        yield Mistake(f"grafana.sources.{uid}", "nothing", "a URL with grafana.auth", action)
    for uid in sorted(said.keys() - wanted):
        found = "an address of a data source that this stack does not have"
        yield Mistake(f"grafana.sources.{uid}", found, listed(wanted), did_you_mean(uid, wanted))


def _exporters(catalog: Mapping[str, Image], checked: Checked) -> Iterator[Mistake]:
    try:
        # The section alone: a mistake elsewhere in the file must not hide these.
        settings = ImagesSettings.model_validate(checked.section("images"))
    except ValidationError:
        return
    yield from exporters_without_image(checked.services, settings, catalog)


def exporters_without_image(
    services: Mapping[int, Service], settings: ImagesSettings, catalog: Mapping[str, Image]
) -> Iterator[Mistake]:
    """Yield services whose exporter has no image: they would be declared, and nothing would ever be measured.

    Args:
        services: by their place in the list.
        settings: where images come from.
        catalog: every image there is, by component.
    """
    images = image_references(settings, catalog)
    for index, service in services.items():
        for exporter in kinds()[service.kind].contribute(service).exporters:
            if exporter.image in images:
                continue
            found = f"{service.kind!r}, whose exporter {exporter.image} has no image"
            allowed, action = "a kind whose exporter has one", f"Add {exporter.image} to images/catalog.toml."
            if exporter.image in catalog:
                allowed += f", or images.overrides.{exporter.image}"
                action = f"With images.source {settings.source}: {catalog[exporter.image].unavailable}"
            yield Mistake(f"services[{index}].kind", found, allowed, action)


def stores_without_image(settings: StackSettings, catalog: Mapping[str, Image]) -> Iterator[Mistake]:
    """Yield stores that the stack names, but that cannot run where it takes its images.

    Args:
        settings: checked.
        catalog: every image there is, by component.
    """
    images, stores = image_references(settings.images, catalog), stores_of(settings)
    for section, store, others in (("logs", stores.logs, log_stores()), ("traces", stores.traces, trace_stores())):
        for image in store.images:
            if image not in images:
                why = catalog[image].unavailable if image in catalog else "images/catalog.toml has no such entry."
                runnable = listed(other.name for other in others if images.keys() >= set(other.images))
                yield Mistake(
                    f"{section}.store",
                    f"{store.name!r}, whose {image} has no image",
                    f"{runnable}, or an image in images.overrides.{image}",
                    f"With images.source {settings.images.source}: {why}",
                )

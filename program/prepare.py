"""Configuration → `Program`, without touching anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Literal

from catalog.plan import MonitoringPlan
from catalog.planner import plan_for
from components.stack import wanted_components, workloads_for
from components.stores import log_stores, stores_of, trace_stores
from images.catalog import Image, load_catalog
from program.known import known
from runtimes import runtime_kind
from settings.errors import ConfigurationError, Mistake, listed
from settings.load import load_settings
from settings.model import ImagesSettings, StackSettings
from settings.stackfile import PROJECT, RawConfiguration
from workloads.place import Place
from workloads.program import Program
from workloads.runtime import Runtime


def prepare_program(raw: RawConfiguration, stack: str, *, grafana_content: Literal["files"] | None = None) -> Program:
    """Check the configuration and work out every workload, without touching anything.

    Args:
        raw: the stack's configuration, unchecked.
        stack: the stack's name.
        grafana_content: `files` where no Grafana provider will run, whatever the settings say.

    Raises:
        ConfigurationError: naming every mistake.
    """
    settings = checked_settings(raw)
    if grafana_content:
        grafana = settings.grafana.model_copy(update={"content": grafana_content})
        settings = settings.model_copy(update={"grafana": grafana})
    return program_for(settings, stack, source=raw.source)


def checked_settings(raw: RawConfiguration) -> StackSettings:
    """The configuration, checked and typed.

    Raises:
        ConfigurationError: naming every mistake.
    """
    return load_settings(raw, known(load_catalog()))


def program_for(settings: StackSettings, stack: str, *, name: str = PROJECT, source: str) -> Program:
    """Every workload of a stack, without touching anything.

    Args:
        settings: checked.
        stack: tells this stack from others wherever it runs.
        name: of the MonitoringStack.
        source: where the settings come from, for messages.

    Raises:
        ConfigurationError: naming every store, and every service's exporter, that has no image.
    """
    catalog = load_catalog()
    settings = settings.model_copy(update={settings.runtime: settings.place.named(name)})
    plan = planned(settings, stack)
    images = _images(settings.images, catalog)
    mistakes = [*_stores_without_image(settings, images, catalog), *_without_image(plan, images, catalog)]
    if mistakes:
        raise ConfigurationError(source, mistakes)
    place = _place(settings)
    without = sorted(wanted_components(plan) - images.keys())
    missing = {component: catalog[component].unavailable for component in without}
    return Program(name, plan, place, workloads_for(plan, place, images), images, missing)


def planned(settings: StackSettings, stack: str) -> MonitoringPlan:
    """The plan of a stack: its services, and what its stores add."""
    stores = stores_of(settings)
    return plan_for(settings, stack, rules=stores.rules, recordings=stores.recordings(settings))


def runtime_of(program: Program, *, rendered: bool = False) -> Runtime:
    """What deploys the program; `rendered`: paths are relative to a rendered tree."""
    return runtime_kind(program.settings.runtime).runtime(program, rendered=rendered)


def _place(settings: StackSettings) -> Place:
    """Where the stack will run; addresses that the settings say win over those that the runtime gives."""
    place = runtime_kind(settings.runtime).place(settings)
    said = {name: getattr(settings, name).url for name in ("prometheus", "alertmanager", "grafana")}
    return replace(place, urls={**place.urls, **{name: url for name, url in said.items() if url}})


def _images(images: ImagesSettings, catalog: Mapping[str, Image]) -> dict[str, str]:
    """The reference of every component that has an image in the world that the settings choose."""
    found = {name: image.reference(images.source) for name, image in catalog.items() if image.has(images.source)}
    return {**found, **images.overrides}


def _stores_without_image(
    settings: StackSettings, images: Mapping[str, str], catalog: Mapping[str, Image]
) -> Iterator[Mistake]:
    """Stores that the stack names, but that cannot run where it takes its images."""
    stores = stores_of(settings)
    for section, store, others in (("logs", stores.logs, log_stores()), ("traces", stores.traces, trace_stores())):
        for image in store.images:
            if image not in images:
                why = catalog[image].unavailable if image in catalog else "it is not in images/catalog.toml."
                runnable = listed(other.name for other in others if images.keys() >= set(other.images))
                yield Mistake(
                    f"{section}.store",
                    f"{store.name!r}, whose {image} has no image",
                    f"{runnable}, or an image in images.overrides.{image}",
                    f"With images.source {settings.images.source}: {why}",
                )


def _without_image(plan: MonitoringPlan, images: Mapping[str, str], catalog: Mapping[str, Image]) -> Iterator[Mistake]:
    """Services whose exporter has no image: they would be declared, and nothing would ever be measured."""
    exporters = {exporter.service: exporter.image for exporter in plan.exporters}
    for index, service in enumerate(plan.settings.services):
        image = exporters.get(service.name)
        if image and image not in images:
            why = catalog[image].unavailable if image in catalog else "it is not in images/catalog.toml"
            yield Mistake(
                f"services[{index}].kind",
                f"{service.kind!r}, whose exporter {image} has no image",
                f"a kind whose exporter has one, or images.overrides.{image}",
                f"With images.source {plan.settings.images.source}: {why}",
            )

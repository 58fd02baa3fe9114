"""Configuration → `Program`, without touching anything; and every resource of a program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Literal

import pulumi

from catalog.plan import MonitoringPlan
from catalog.planner import plan_for
from components.stack import MonitoringStack, wanted_components, workloads_for
from images.catalog import Image, load_catalog
from program.known import known
from runtimes import runtimes
from settings.errors import ConfigurationError, Mistake
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
    catalog = load_catalog()
    settings = load_settings(raw, known(catalog))
    if grafana_content:
        grafana = settings.grafana.model_copy(update={"content": grafana_content})
        settings = settings.model_copy(update={"grafana": grafana})
    plan = plan_for(settings, stack)
    images = _images(settings.images, catalog)
    mistakes = list(_without_image(plan, images, catalog))
    if mistakes:
        raise ConfigurationError(raw.source, mistakes)
    place = _place(settings)
    missing = {name: catalog[name].unavailable for name in wanted_components(plan) if name not in images}
    return Program(plan, place, workloads_for(plan, place, images), images, missing)


def runtime_of(program: Program, *, rendered: bool = False) -> Runtime:
    """What deploys the program; `rendered`: paths are relative to a rendered tree."""
    return runtimes()[program.settings.runtime].runtime(program, rendered=rendered)


def deploy(program: Program, config: pulumi.Config, *, rendered: bool = False) -> MonitoringStack:
    """Register every resource of the stack.

    Args:
        program: from `prepare_program`.
        config: the stack's configuration, for its secrets.
        rendered: the resources are captured to be written as a tree.
    """
    provider = runtimes()[program.settings.runtime].provider(program.settings)
    options = pulumi.ResourceOptions(providers=[provider])
    return MonitoringStack(PROJECT, program, runtime_of(program, rendered=rendered), config, options)


def _place(settings: StackSettings) -> Place:
    """Where the stack will run; addresses that the settings say win over those that the runtime gives."""
    place = runtimes()[settings.runtime].place(settings)
    said = {name: getattr(settings, name).url for name in ("prometheus", "alertmanager", "grafana")}
    return replace(place, urls={**place.urls, **{name: url for name, url in said.items() if url}})


def _images(images: ImagesSettings, catalog: Mapping[str, Image]) -> dict[str, str]:
    """The reference of every component that has an image in the world that the settings choose."""
    found = {name: image.reference(images.source) for name, image in catalog.items() if image.has(images.source)}
    return {**found, **images.overrides}


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

"""Configuration → `Program`, without touching anything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Literal

from components.endpoints import ALERTMANAGER, GRAFANA, PROMETHEUS, VIEWER
from components.stack import WANTED_COMPONENTS, workloads_for
from program.checks import checks, exporters_without_image, stores_without_image
from program.images import image_catalog, image_references
from program.known import known
from program.managed import MANAGED, managed_alerting
from program.plan import planned
from runtimes import runtime_kind, sections
from settings.errors import ConfigurationError, Mistake
from settings.load import load_settings
from settings.model import StackSettings
from settings.remarks import remarks
from settings.stackfile import FIRST_STACK, PROJECT, RawConfiguration, check_stack_name
from workloads.place import Place
from workloads.program import Program
from workloads.runtime import Runtime


def prepare_program(
    raw: RawConfiguration,
    stack: str,
    *,
    grafana_content: Literal["files"] | None = None,
    now: datetime | None = None,
) -> Program:
    """Check the configuration and work out every workload, without touching anything.

    Args:
        raw: the stack's configuration, unchecked.
        stack: the stack's name.
        grafana_content: `files` where no Grafana provider will run, whatever the settings say.
        now: the time, for a stack that is about to be deployed: then maintenance that is over is a mistake.

    Raises:
        ConfigurationError: naming every mistake.
    """
    settings = checked_settings(raw, stack, now)
    if grafana_content and (mistakes := list(_only_through_a_provider(settings))):
        raise ConfigurationError(raw.source, mistakes)
    if grafana_content:
        grafana = settings.grafana.model_copy(update={"content": grafana_content})
        settings = settings.model_copy(update={"grafana": grafana})
    program = program_for(settings, stack, source=raw.source)
    return replace(program, remarks=remarks(raw, settings, dict(sections())))


def _only_through_a_provider(settings: StackSettings) -> Iterator[Mistake]:
    """What cannot be where no Grafana provider can run."""
    where = "where no Grafana provider can run"
    if settings.grafana.manages_alerts:
        yield Mistake(MANAGED, f"'managed' {where}", "'alertmanager'", "Set it.")
    for key in ("auth", "service_account"):
        if said := getattr(settings.grafana, key):
            action = "Remove it, or bring the stack up where the provider can be had."
            yield Mistake(f"grafana.{key}", f"{said!r} {where}", "nothing", action)


def checked_settings(raw: RawConfiguration, stack: str = FIRST_STACK, now: datetime | None = None) -> StackSettings:
    """The configuration, checked and typed.

    Args:
        raw: the stack's configuration, unchecked.
        stack: the stack's name, which some defaults follow.
        now: the time, for a stack that is about to be deployed.

    Raises:
        ConfigurationError: naming every mistake.
    """
    catalog = image_catalog()
    return load_settings(raw, known(catalog), checks(catalog), stack=stack, now=now)


def program_for(settings: StackSettings, stack: str, *, name: str = PROJECT, source: str) -> Program:
    """Every workload of a stack, without touching anything.

    Args:
        settings: checked.
        stack: tells this stack from others wherever it runs.
        name: of the MonitoringStack.
        source: where the settings come from, for messages.

    Raises:
        ConfigurationError: naming every store, and every service's exporter, that has no image, and what keeps Grafana
            from managing alerts where it should; or what is wrong with the stack's name.
    """
    check_stack_name(stack)
    catalog = image_catalog()
    settings = settings.model_copy(update={settings.runtime: settings.runtime_section.named(name, stack)})
    plan = planned(settings, stack)
    images = image_references(settings.images, catalog)
    # Again, for settings that are no stack file's.
    mistakes = [
        *managed_alerting(settings, catalog),
        *stores_without_image(settings, catalog),
        *exporters_without_image(dict(enumerate(settings.services)), settings.images, catalog),
    ]
    if mistakes:
        raise ConfigurationError(source, mistakes)
    place = _place(settings)
    elsewhere = frozenset() if settings.grafana.is_own else frozenset({GRAFANA.workload})
    without = sorted(WANTED_COMPONENTS - images.keys() - elsewhere)
    missing = {component: catalog[component].unavailable for component in without}
    return Program(name, plan, place, workloads_for(plan, place, images), images, missing)


def runtime_of(program: Program, *, rendered: bool = False) -> Runtime:
    """What deploys the program; `rendered`: paths are relative to a rendered tree."""
    return runtime_kind(program.settings.runtime).runtime(program, rendered=rendered)


def _place(settings: StackSettings) -> Place:
    """Where the stack will run; addresses that the settings say win over those that the runtime gives."""
    place = runtime_kind(settings.runtime).place(settings)
    names = (endpoint.workload for endpoint in (PROMETHEUS, ALERTMANAGER, GRAFANA, VIEWER))
    said = {name: getattr(settings, name).url for name in names}
    return replace(place, urls={**place.urls, **{name: url for name, url in said.items() if url}})

"""Configuration → `Program`, without touching anything; and every resource of a program."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pulumi

from catalog.plan import MonitoringPlan
from catalog.planner import plan_for
from components.stack import MonitoringStack, wanted_components, workloads_for
from components.stores import stores_of
from images.catalog import load_catalog
from program.checks import checks
from program.images import image_references
from program.known import known
from runtimes import runtime_kind
from settings.load import load_settings
from settings.model import StackSettings
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
    settings = load_settings(raw, known(catalog), checks(catalog))
    if grafana_content:
        grafana = settings.grafana.model_copy(update={"content": grafana_content})
        settings = settings.model_copy(update={"grafana": grafana})
    plan = planned(settings, stack)
    images = image_references(settings.images, catalog)
    place = _place(settings)
    missing = {name: catalog[name].unavailable for name in sorted(wanted_components(plan)) if name not in images}
    return Program(plan, place, workloads_for(plan, place, images), images, missing)


def planned(settings: StackSettings, stack: str) -> MonitoringPlan:
    """The plan of a stack: its services, and what its stores add."""
    stores = stores_of(settings)
    return plan_for(settings, stack, rules=stores.rules, recordings=stores.recordings(settings))


def runtime_of(program: Program, *, rendered: bool = False) -> Runtime:
    """What deploys the program; `rendered`: paths are relative to a rendered tree."""
    return runtime_kind(program.settings.runtime).runtime(program, rendered=rendered)


def deploy(program: Program, config: pulumi.Config, *, rendered: bool = False) -> MonitoringStack:
    """Register every resource of the stack.

    Args:
        program: from `prepare_program`.
        config: the stack's configuration, for its secrets.
        rendered: the resources are captured to be written as a tree.
    """
    provider = runtime_kind(program.settings.runtime).provider(program.settings)
    options = pulumi.ResourceOptions(providers=[provider])
    return MonitoringStack(PROJECT, program, runtime_of(program, rendered=rendered), config, options)


def _place(settings: StackSettings) -> Place:
    """Where the stack will run; addresses that the settings say win over those that the runtime gives."""
    place = runtime_kind(settings.runtime).place(settings)
    said = {name: getattr(settings, name).url for name in ("prometheus", "alertmanager", "grafana")}
    return replace(place, urls={**place.urls, **{name: url for name, url in said.items() if url}})

"""Pots on a stove."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi

from components.names import front_endpoints
from runtimes.capture import CapturedResource
from runtimes.kind import RuntimeKind
from settings.model import StackSettings
from workloads.place import Place
from workloads.program import Program

from . import operations
from .health import connect
from .stove import Stove, computed, plates


def _place(_settings: StackSettings) -> Place:
    """Every component has its own page in the kitchen."""
    return Place(
        {found.workload: f"http://{found.workload}.kitchen.example.com" for found in front_endpoints()},
        senders={"otlp-http": "http://spout.kitchen.example.com"},
    )


def _provider(_settings: StackSettings) -> pulumi.ProviderResource:
    """The cook."""
    return pulumi.ProviderResource("kettle", "kettle", {})


def _runtime(program: Program, *, rendered: bool) -> Stove:
    """The stove."""
    return Stove(program)


def _render(_program: Program, captured: Sequence[CapturedResource]) -> Mapping[str, str]:
    """What is on it."""
    return plates(captured)


KIND = RuntimeKind(
    place=_place,
    provider=_provider,
    runtime=_runtime,
    render=_render,
    tree="Put it on the stove.",
    renders_content=True,
    operations=operations,
    health=connect,
    computed=computed,
)

"""What goes wrong on the machine and in its containers' limits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from components.endpoints import CADVISOR, NODE_EXPORTER
from operations.drill.drill import Alert, Drill
from operations.drill.world import World


@contextmanager
def out_of_memory(world: World) -> Iterator[None]:
    """A container of its own wants more memory than it may have, and the kernel kills it."""
    with world.helper("eats-memory", "eats_memory", memory="32m"):
        yield


@contextmanager
def near_memory_limit(world: World) -> Iterator[None]:
    """A container of its own holds nearly all the memory it may use; one of the stack might need a little more."""
    with world.helper("holds-memory", "holds_memory", "90", memory="96m"):
        yield


DRILLS = (
    Drill(
        name="out-of-memory",
        fault="the kernel kills a container that uses too much memory",
        inject=out_of_memory,
        expects=Alert("HostOomKill", NODE_EXPORTER.workload),
        receiver="notify",
        within=120,
        touches=frozenset({NODE_EXPORTER.workload}),
        resolves_within=2400,
        length="long",
    ),
    Drill(
        name="memory-limit",
        fault="a container uses nearly all the memory it may use",
        inject=near_memory_limit,
        expects=Alert("ContainerNearMemoryLimit", CADVISOR.workload),
        receiver="notify",
        within=840,
        touches=frozenset({CADVISOR.workload}),
        resolves_within=1500,
        length="long",
    ),
)

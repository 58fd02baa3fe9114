"""What goes wrong on the machine and in its containers' limits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from components.demo import TRAFFIC
from components.endpoints import CADVISOR, NODE_EXPORTER
from operations.drill.drill import Alert, Drill
from operations.drill.world import World

_MEBIBYTE = 1 << 20


@contextmanager
def out_of_memory(world: World) -> Iterator[None]:
    """A container of its own wants more memory than it may have, and the kernel kills it."""
    with world.helper("eats-memory", "eats_memory", memory="32m"):
        yield


@contextmanager
def near_memory_limit(world: World) -> Iterator[None]:
    """The traffic generator may hardly use more memory than it does."""
    container = world.container(TRAFFIC)
    before = int(container.attrs["HostConfig"]["Memory"])
    # The name may have been another container's until a moment ago: the kernel refuses a limit below what is used.
    used = world.live.prometheus.query(f'max(container_memory_usage_bytes{{name="{container.name}"}})')
    limit = round(used[0][1]) + 2 * _MEBIBYTE
    try:
        container.update(mem_limit=limit, memswap_limit=limit)
        yield
    finally:
        container.update(mem_limit=before, memswap_limit=before)


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
        fault="the demo's traffic uses nearly all the memory it may use",
        inject=near_memory_limit,
        expects=Alert("ContainerNearMemoryLimit", CADVISOR.workload),
        receiver="notify",
        within=840,
        touches=frozenset({TRAFFIC, CADVISOR.workload}),
        resolves_within=1500,
        length="long",
    ),
)

"""Programs that are dead, stand still or hardly run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from docker.models.containers import Container

from components.demo import API, CACHE, DATABASE, TRAFFIC
from components.endpoints import (
    AGENT_METRICS,
    BLACKBOX_EXPORTER,
    CADVISOR,
    GATEWAY_METRICS,
    GRAFANA,
    NODE_EXPORTER,
    Endpoint,
)
from components.stores import log_stores, trace_stores
from operations.drill.drill import PAGED_SECONDS, Alert, Drill, Fault
from operations.drill.world import World
from runtimes.docker.names import container_name, stack_prefix

UPTIME, QUERIES, RECALL, MODEL = "memory-uptime", "memory-queries", "memory-recall", "memory-model"
"""Services of the dev stack that have no program of their own."""
_SCRAPE_TIMEOUT_SECONDS = 10


def killed(workload: str) -> Fault:
    """SIGKILL; the container is started again afterwards."""

    @contextmanager
    def fault(world: World) -> Iterator[None]:
        container = world.container(workload)
        try:
            container.kill()
            yield
        finally:
            container.start()

    return fault


def paused(workload: str) -> Fault:
    """Its processes stand still: connections are taken, and nothing is answered."""

    @contextmanager
    def fault(world: World) -> Iterator[None]:
        container = world.container(workload)
        try:
            container.pause()
            yield
        finally:
            container.unpause()

    return fault


def late(server: Endpoint, seconds: float) -> Fault:
    """Its answers come later: its name leads to a program in between, which holds them back."""

    @contextmanager
    def fault(world: World) -> Iterator[None]:
        container = world.container(server.workload)
        arguments = (str(server.port), container_name(world.stack, server.workload), str(seconds))
        with (
            _reached_as(world, container, []),
            world.helper(f"before-{server.workload}", "late", *arguments, host=server.workload),
        ):
            yield

    return fault


@contextmanager
def _reached_as(world: World, container: Container, names: Sequence[str] | None) -> Iterator[None]:
    """In the stack's network by other names than its own, beside that of the container; None: not at all."""
    network = world.client.networks.get(stack_prefix(world.stack))
    usual = container.attrs["NetworkSettings"]["Networks"][network.name]["Aliases"]
    try:
        network.disconnect(container)
        if names is not None:
            network.connect(container, aliases=names)
        yield
    finally:
        if names is not None:
            network.disconnect(container)
        network.connect(container, aliases=usual)


def cut_off(workload: str) -> Fault:
    """Out of the stack's network: it runs on, reaches nobody, and nobody reaches it."""

    @contextmanager
    def fault(world: World) -> Iterator[None]:
        with _reached_as(world, world.container(workload), None):
            yield

    return fault


def _restarted(workload: str) -> Fault:
    """Stopped and started every minute."""

    @contextmanager
    def fault(world: World) -> Iterator[None]:
        container = world.container(workload)
        with world.repeating(lambda: container.restart(timeout=1), every=60):
            yield

    return fault


def service_down(
    workload: str,
    how: str,
    inject: Fault,
    *,
    service: str = "",
    beyond: float = 0.0,
    silent: tuple[Alert, ...] = (),
    also: tuple[str, ...] = (),
    held: float = 0.0,
    short: bool = False,
) -> Drill:
    """A drill after which Prometheus cannot scrape what tells of a service.

    Args:
        how: what happens to the workload, in a word.
        service: whose ServiceDown is expected; default: the workload's own.
        beyond: seconds that the message may come later than after a kill.
        also: further services whose alerts it may raise.
    """
    named = service or workload
    return Drill(
        name=f"{workload}-{how}",
        fault=f"{workload} is {how}",
        inject=inject,
        expects=Alert("ServiceDown", named),
        receiver="page",
        within=PAGED_SECONDS + beyond,
        touches=frozenset({named, *also, *(alert.service for alert in silent)}),
        silent=silent,
        held=held,
        needs=(workload,),
        length="short" if short else "normal",
    )


def _queue_filled(traces: str) -> Drill:
    """The collector cannot hand over what it takes in."""
    gateway = GATEWAY_METRICS.workload
    return Drill(
        name=f"{traces}-paused",
        fault=f"{traces} takes connections and answers nothing, and the collector's queue fills",
        inject=paused(traces),
        expects=Alert("ServiceDown", traces),
        receiver="page",
        within=PAGED_SECONDS + _SCRAPE_TIMEOUT_SECONDS,
        touches=frozenset({traces, gateway}),
        silent=(Alert("CollectorQueueGrowing", gateway), Alert("CollectorExportFailing", gateway)),
        held=840,
        resolves_within=1500,
        needs=(traces,),
        length="long",
    )


_ENDPOINT_DOWN = Alert("EndpointDown", UPTIME)
_POSTGRES = f"postgres-exporter-{DATABASE}"
_REDIS = f"redis-exporter-{CACHE}"
# A stack has one of each: which, depends on its settings and on the images that can be had.
_STORES_OF_LOGS = tuple(store.name for store in log_stores())
_STORES_OF_TRACES = tuple(store.name for store in trace_stores())
_CONSEQUENCES = (Alert("DependencyDegraded", API), Alert("HighErrorRate", API), _ENDPOINT_DOWN)
AROUND_API = frozenset({API, UPTIME, QUERIES, RECALL})
"""The demo's API, and what is measured by way of it."""

DRILLS = (
    service_down(API, "killed", killed(API), silent=(_ENDPOINT_DOWN,), also=(QUERIES, RECALL), held=360),
    service_down(
        API, "paused", paused(API), beyond=_SCRAPE_TIMEOUT_SECONDS, silent=(_ENDPOINT_DOWN,), also=(QUERIES, RECALL)
    ),
    service_down(TRAFFIC, "killed", killed(TRAFFIC), short=True),
    service_down(TRAFFIC, "paused", paused(TRAFFIC), beyond=_SCRAPE_TIMEOUT_SECONDS, short=True),
    service_down(_POSTGRES, "killed", killed(_POSTGRES), service=DATABASE),
    service_down(_REDIS, "killed", killed(_REDIS), service=CACHE, short=True),
    service_down(NODE_EXPORTER.workload, "killed", killed(NODE_EXPORTER.workload), short=True),
    service_down(CADVISOR.workload, "killed", killed(CADVISOR.workload), short=True),
    service_down(
        BLACKBOX_EXPORTER.workload,
        "killed",
        killed(BLACKBOX_EXPORTER.workload),
        silent=(Alert("ProbeMissing", UPTIME), _ENDPOINT_DOWN),
        short=True,
    ),
    service_down(AGENT_METRICS.workload, "killed", killed(AGENT_METRICS.workload), short=True),
    service_down(
        GATEWAY_METRICS.workload, "killed", killed(GATEWAY_METRICS.workload), also=("span-metrics", "alertmanager")
    ),
    *(
        service_down(logs, "killed", killed(logs), also=(GATEWAY_METRICS.workload,), short=True)
        for logs in _STORES_OF_LOGS
    ),
    *(
        service_down(
            traces,
            "killed",
            killed(traces),
            silent=(Alert("CollectorExportFailing", GATEWAY_METRICS.workload),),
            short=True,
        )
        for traces in _STORES_OF_TRACES
    ),
    service_down(GRAFANA.workload, "killed", killed(GRAFANA.workload)),
    Drill(
        name="memory-db-killed",
        fault="the demo's database is dead",
        inject=killed(DATABASE),
        expects=Alert("PostgresDown", DATABASE),
        receiver="page",
        within=180,
        touches=AROUND_API | {DATABASE},
        silent=_CONSEQUENCES,
        resolves_within=900,
        length="short",
    ),
    Drill(
        name="memory-db-paused",
        fault="the demo's database takes connections and answers nothing",
        inject=paused(DATABASE),
        expects=Alert("ServiceDown", DATABASE),
        receiver="page",
        within=PAGED_SECONDS + _SCRAPE_TIMEOUT_SECONDS,
        touches=AROUND_API | {DATABASE},
        silent=_CONSEQUENCES,
        held=480,
        resolves_within=900,
    ),
    Drill(
        name="memory-cache-killed",
        fault="the demo's cache is dead",
        inject=killed(CACHE),
        expects=Alert("RedisDown", CACHE),
        receiver="page",
        within=180,
        touches=AROUND_API | {CACHE},
        silent=(Alert("DependencyDegraded", API),),
        held=420,
        resolves_within=900,
    ),
    Drill(
        name="memory-cache-paused",
        fault="the demo's cache takes connections and answers nothing",
        inject=paused(CACHE),
        expects=Alert("RedisDown", CACHE),
        receiver="page",
        within=200,
        touches=AROUND_API | {CACHE},
        silent=(Alert("DependencyDegraded", API),),
        resolves_within=900,
    ),
    *map(_queue_filled, _STORES_OF_TRACES),
    Drill(
        name="restart-loop",
        fault="the demo's traffic is restarted again and again",
        inject=_restarted(TRAFFIC),
        expects=Alert("ContainerRestartLoop", CADVISOR.workload),
        receiver="notify",
        within=720,
        touches=frozenset({TRAFFIC, CADVISOR.workload}),
        resolves_within=2400,
        length="long",
    ),
)

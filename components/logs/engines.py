"""What container engines are asked for: output that no file has which the collector could read."""

from __future__ import annotations

from collections.abc import Iterator

from components.endpoints import AGENT_METRICS, PROMETHEUS
from components.logs.names import ENGINE_LOGS
from workloads.place import Place
from workloads.workload import HostMount, HttpProbe, Limits, Metrics, Port, Volume, Workload

ENGINES = "engine-logs"
# Below it, the path of the engine's socket; there a folder of each container, called as a link of its names would be.
ENGINE_FILES = f"{ENGINE_LOGS}/**/*-json.log"
_NOBODY = 65534
_PORT = 9109


def engine_workloads(place: Place) -> Iterator[Workload]:
    """One for each engine: where one does not answer, the others are read.

    It writes what the agent reads. What the engine keeps itself is not lost while neither runs.
    """
    for number, socket in enumerate(place.log_sockets, start=1):
        yield Workload(
            name=ENGINES if number == 1 else f"{ENGINES}-{number}",
            image="engine-logs",
            user=_NOBODY,
            group=place.socket_group,
            args=(
                *("--socket", socket),
                *("--folder", f"{ENGINE_LOGS}{socket}"),
                *("--data-root", place.engine_data),
                *("--port", str(_PORT)),
            ),
            ports=(Port("http", _PORT),),
            volumes=(engine_volume(),),
            host_mounts=(HostMount(socket, socket, "the output of containers, and which there are"),),
            probe=HttpProbe(_PORT, "/metrics"),
            metrics={ENGINES: Metrics(_PORT)},
            limits=Limits(cpus=0.5, memory_mebibytes=256),
            # What the agent finds at first it reads from the end on, what comes later from the start.
            after=(AGENT_METRICS.workload,),
            clients=(PROMETHEUS.workload,),
        )


def engine_volume() -> Volume:
    """The output, which the agent shares with those who write it."""
    return Volume(ENGINES, ENGINE_LOGS, "1Gi")

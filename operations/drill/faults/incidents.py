"""Incidents of life with their consequences: one page each, and what they would be under plain rules beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from components.demo import API, DATABASE
from components.endpoints import NODE_EXPORTER
from operations.drill.drill import PAGED_SECONDS, Alert, Drill, Fault
from operations.drill.faults.containers import MODEL, QUERIES, RECALL, UPTIME, cut_off, killed
from operations.drill.faults.reported import figures, reports
from operations.drill.faults.requests import asked_for
from operations.drill.world import World

_API_AND_ITS_CALLERS = frozenset({API, UPTIME, QUERIES, RECALL})
_HARDLY_ANY = 0.01
# After the page about the machine: what comes before it is heard, because nothing explains it yet.
_PRESSURE_SHOWS_AFTER = 480.0


def together(*faults: Fault) -> Fault:
    """Several faults at once; the last is repaired first."""

    @contextmanager
    def fault(world: World) -> Iterator[None]:
        with ExitStack() as stack:
            for each in faults:
                stack.enter_context(each(world))
            yield

    return fault


DRILLS = (
    Drill(
        name="incident-database-dead",
        fault="the database dies under the service that needs it",
        inject=killed(DATABASE),
        expects=Alert("PostgresDown", DATABASE),
        receiver="page",
        within=180,
        touches=_API_AND_ITS_CALLERS | {DATABASE},
        silent=(
            Alert("DependencyDegraded", API),
            Alert("HighErrorRate", API),
            Alert("EndpointDown", UPTIME),
        ),
        held=720,
        resolves_within=1500,
        incident=True,
        length="long",
    ),
    Drill(
        name="incident-bad-deployment",
        fault="a new release fails every second request and answers others late",
        inject=together(asked_for("error", 5), asked_for("slow", 2)),
        expects=Alert("HighErrorRate", API),
        receiver="page",
        within=480,
        touches=_API_AND_ITS_CALLERS,
        silent=(Alert("HighLatency", API), Alert("ErrorBudgetFastBurn", API)),
        held=720,
        resolves_within=1500,
        incident=True,
        length="long",
    ),
    Drill(
        name="incident-network-split",
        fault="the service is cut off from the network",
        inject=cut_off(API),
        expects=Alert("ServiceDown", API),
        receiver="page",
        within=PAGED_SECONDS + 10,
        touches=_API_AND_ITS_CALLERS,
        silent=(Alert("EndpointDown", UPTIME),),
        held=480,
        resolves_within=1200,
        incident=True,
        length="long",
    ),
    Drill(
        name="incident-host-under-pressure",
        fault="hardly any memory is left on the machine, and what runs on it begins to fail",
        inject=together(
            reports(NODE_EXPORTER, figures({"node_memory_MemAvailable_bytes": lambda value: value * _HARDLY_ANY})),
            asked_for("error", 5, after=_PRESSURE_SHOWS_AFTER),
        ),
        expects=Alert("HostMemoryPressure", NODE_EXPORTER.workload),
        receiver="page",
        within=780,
        touches=_API_AND_ITS_CALLERS | {NODE_EXPORTER.workload},
        silent=(Alert("HighErrorRate", API),),
        held=1200,
        resolves_within=1500,
        incident=True,
        length="long",
    ),
    Drill(
        name="incident-provider-outage",
        fault="the provider of the language model does not answer, and half of all requests fail",
        inject=asked_for("provider", 5),
        expects=Alert("HighErrorRate", API),
        receiver="page",
        within=480,
        touches=_API_AND_ITS_CALLERS | {MODEL},
        silent=(Alert("ErrorBudgetFastBurn", API),),
        heard=(Alert("LlmProviderErrors", MODEL),),
        held=840,
        resolves_within=1500,
        incident=True,
        length="long",
    ),
)

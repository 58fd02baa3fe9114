"""What a target sends that Prometheus does not take: too much, or samples of another time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from components.demo import CACHE
from components.endpoints import PROMETHEUS, Endpoint
from operations.drill.drill import PAGED_SECONDS, Alert, Drill, Fault
from operations.drill.faults.reported import reports
from operations.drill.world import World

_EXPORTER = Endpoint(f"redis-exporter-{CACHE}", 9121)
_DAY = 86400


def series(share: float) -> Fault:
    """The exporter sends, beside its own series, this share of what its service may send."""

    @contextmanager
    def fault(world: World) -> Iterator[None]:
        ((_, budget),) = world.live.prometheus.query(f'job:series_budget:count{{job="{CACHE}"}}')
        with reports(_EXPORTER, with_series(round(share * budget)))(world):
            yield

    return fault


def with_series(count: int) -> Callable[[str], str]:
    """A page with so many series more."""
    return lambda page: page + "".join(f'drill{{n="{number}"}} 1\n' for number in range(count))


def ahead(page: str) -> str:
    """A page with a sample of tomorrow, as from a program that stamps its samples by a clock of its own."""
    return f"{page}drill 1 {round((time.time() + _DAY) * 1000)}\n"


DRILLS = (
    Drill(
        name="scrape-refused",
        fault="an exporter sends more series than its service may, and Prometheus refuses its scrape",
        inject=series(1.05),
        expects=Alert("ServiceDown", CACHE),
        receiver="page",
        within=PAGED_SECONDS,
        touches=frozenset({CACHE}),
        silent=(Alert("ScrapeRefused", CACHE),),
        held=240,
        needs=(_EXPORTER.workload,),
    ),
    Drill(
        name="series-near-limit",
        fault="an exporter sends nearly as many series as its service may",
        inject=series(0.9),
        expects=Alert("CardinalityNearLimit", CACHE),
        receiver="notify",
        within=840,
        touches=frozenset({CACHE}),
        resolves_within=1500,
        needs=(_EXPORTER.workload,),
        length="long",
    ),
    Drill(
        name="sender-clock-wrong",
        fault="a target stamps a sample with the time of tomorrow",
        inject=reports(_EXPORTER, ahead),
        expects=Alert("PrometheusSamplesRejected", PROMETHEUS.workload),
        receiver="notify",
        within=1140,
        touches=frozenset({CACHE, PROMETHEUS.workload}),
        resolves_within=1500,
        needs=(_EXPORTER.workload,),
        length="long",
    ),
)

"""A memory API that fails, or answers late, and says so to whoever asks it to (`X-Demo-Fault`)."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import httpx

from components.demo import API, API_SERVER, DATABASE
from operations.drill.drill import Alert, Drill, Fault
from operations.drill.faults.containers import MODEL, QUERIES, RECALL, UPTIME
from operations.drill.world import World

_ANSWER_SECONDS = 20.0
_AT_ONCE = 20


def asked_for(fault: str, per_second: float, after: float = 0.0) -> Fault:
    """Requests beside the demo's own traffic that ask for this fault.

    Args:
        after: seconds until the first.
    """

    @contextmanager
    def cause(world: World) -> Iterator[None]:
        url = f"{world.live.health.address(API_SERVER)}/memories/search"

        begins = world.clock() + after

        def ask() -> None:
            if world.clock() < begins:
                return
            with suppress(httpx.HTTPError):
                httpx.get(
                    url,
                    params={"user_id": "drill", "q": "fire"},
                    headers={"X-Demo-Fault": fault},
                    timeout=_ANSWER_SECONDS,
                    trust_env=False,
                )

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            with world.repeating(lambda: void(pool.submit(ask)), every=1 / per_second):
                yield
            pool.shutdown(cancel_futures=True)

    return cause


def void(_: object) -> None:
    """Nothing of it is needed."""


_TOUCHED = frozenset({API, UPTIME, QUERIES, RECALL})

DRILLS = (
    Drill(
        name="errors",
        fault="half of all requests end with status 500",
        inject=asked_for("error", 5),
        expects=Alert("HighErrorRate", API),
        receiver="page",
        within=480,
        touches=_TOUCHED,
        resolves_within=1500,
    ),
    Drill(
        name="latency",
        fault="a third of all requests take three seconds",
        inject=asked_for("slow", 2.5),
        expects=Alert("HighLatency", API),
        receiver="notify",
        within=600,
        touches=_TOUCHED,
        resolves_within=1500,
    ),
    Drill(
        name="slow-queries",
        fault="a third of all requests hold a connection of the database for three seconds",
        inject=asked_for("slow-database", 2.5),
        expects=Alert("SlowQueries", QUERIES),
        receiver="notify",
        within=960,
        # Its connections are given back at its end, and the share of those that are taken falls.
        touches=_TOUCHED | {DATABASE},
        # What is only slow silences nobody: callers wait, whatever they wait for.
        heard=(Alert("HighLatency", API),),
        resolves_within=1500,
    ),
    Drill(
        name="overspend",
        fault="calls of the language model cost ten dollars a minute",
        inject=asked_for("overspend", 2),
        expects=Alert("LlmSpendBurn", MODEL),
        receiver="notify",
        within=180,
        touches=frozenset({MODEL}),
        resolves_within=2400,
        length="long",
    ),
)

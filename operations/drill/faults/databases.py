"""What goes wrong inside the demo's PostgreSQL and Redis while they live."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from components.demo import API, CACHE, CACHE_SERVER, DATABASE
from operations.drill.drill import Alert, Drill, Fault
from operations.drill.faults.containers import AROUND_API, QUERIES, RECALL, UPTIME, late
from operations.drill.world import World
from runtimes.console import Failure

_MARK = "fire-drill"
# Half of what the Redis of the demo may use; what is free beside it is more than the demo ever writes.
_BALLAST_BYTES = 64 * 2**20


def _sql(world: World, statement: str, *, detached: bool = False) -> None:
    """Run a statement by psql, beside the server. Its session is marked, so that it can be ended."""
    container = world.container(DATABASE)
    command = ["psql", "--username=memory", "--dbname=memory", "--tuples-only", "--no-align", f"--command={statement}"]
    container.exec_run(command, environment={"PGAPPNAME": _MARK}, detach=detached)


def _end_sessions(world: World) -> None:
    _sql(
        world,
        f"select pg_terminate_backend(pid) from pg_stat_activity"  # noqa: S608 - our own word
        f" where application_name = '{_MARK}' and pid <> pg_backend_pid()",
    )


def connections_taken(share: float) -> Fault:
    """Idle sessions take this share of what clients may take, beside those of the demo."""

    @contextmanager
    def fault(world: World) -> Iterator[None]:
        with world.helper("sessions", "sessions", str(share), DATABASE, _MARK):
            yield

    return fault


@contextmanager
def deadlocks(world: World) -> Iterator[None]:
    """Two sessions that wait for each other, again and again, until PostgreSQL cancels one."""

    def collide() -> None:
        for first, second in ((1, 2), (2, 1)):
            locks = f"select pg_advisory_lock({first}), pg_sleep(1); select pg_advisory_lock({second})"
            _sql(world, f"begin; {locks}; commit", detached=True)

    try:
        with world.repeating(collide, every=4):
            yield
    finally:
        _end_sessions(world)


@contextmanager
def long_transaction(world: World) -> Iterator[None]:
    """A transaction that stays open."""
    try:
        _sql(world, "begin; select txid_current(); select pg_sleep(7200)", detached=True)
        yield
    finally:
        _end_sessions(world)


def redis(world: World, *words: str) -> str:
    """What redis-cli prints, run beside the server."""
    password = (world.secret_folder(API) / "cache-password").read_text(encoding="utf-8").strip()
    done = world.container(CACHE).exec_run(["redis-cli", *words], environment={"REDISCLI_AUTH": password})
    output: Any = done.output
    said = str(output.decode().strip())
    if done.exit_code:
        raise Failure(f"redis-cli {' '.join(words)} failed ({said}): see that {CACHE} runs.")
    return said


@contextmanager
def redis_settings(world: World, **changed: str) -> Iterator[None]:
    """Settings of the running server, put back afterwards."""
    before = {name: redis(world, "CONFIG", "GET", name).splitlines()[-1] for name in changed}
    try:
        for name, value in changed.items():
            redis(world, "CONFIG", "SET", name, value)
        yield
    finally:
        for name, value in before.items():
            redis(world, "CONFIG", "SET", name, value)


def redis_info(world: World, field: str) -> int:
    """A figure of INFO."""
    return next(
        int(line.partition(":")[2]) for line in redis(world, "INFO").splitlines() if line.startswith(f"{field}:")
    )


@contextmanager
def late_cache(world: World) -> Iterator[None]:
    """Redis answers later than what the API calls slow, 0.25 s, and earlier than it waits for, 0.5 s."""
    with late(CACHE_SERVER, 0.33)(world):
        # Connections that are there already lead past what is in between.
        redis(world, "CLIENT", "KILL", "TYPE", "normal")
        yield


@contextmanager
def clients_refused(world: World) -> Iterator[None]:
    """Redis takes a few clients more than it has, and a crowd asks for many every few seconds."""
    room = str(redis_info(world, "connected_clients") + 4)
    with redis_settings(world, maxclients=room), world.helper("crowd", "crowd", CACHE, "6379"):
        yield


@contextmanager
def memory_near_max(world: World) -> Iterator[None]:
    """Redis holds much, may use hardly more, and may throw nothing away; what the demo writes still has room."""
    with _ballast(world):
        used = redis_info(world, "used_memory")
        with redis_settings(world, **{"maxmemory-policy": "noeviction", "maxmemory": str(int(used * 1.04))}):
            yield


@contextmanager
def _ballast(world: World) -> Iterator[None]:
    """A key of `_BALLAST_BYTES`, most of them empty: of the little that the demo keeps, a share would be no room."""
    try:
        redis(world, "SETRANGE", _MARK, str(_BALLAST_BYTES - 1), "x")
        yield
    finally:
        redis(world, "DEL", _MARK)


_DATABASE = frozenset({DATABASE, QUERIES})
_AROUND_CACHE = frozenset({CACHE, API, UPTIME, RECALL})

DRILLS = (
    Drill(
        name="connections-high",
        fault="85 % of PostgreSQL's connections are taken",
        inject=connections_taken(0.85),
        expects=Alert("DatabaseConnectionsHigh", DATABASE),
        receiver="notify",
        within=480,
        touches=frozenset({DATABASE}),
        resolves_within=960,
    ),
    Drill(
        name="connections-exhausted",
        fault="98 % of PostgreSQL's connections are taken",
        inject=connections_taken(0.98),
        expects=Alert("DatabaseConnectionsExhausted", DATABASE),
        receiver="page",
        within=480,
        touches=_DATABASE,
        silent=(Alert("DatabaseConnectionsHigh", DATABASE),),
        held=500,
        resolves_within=960,
    ),
    Drill(
        name="deadlocks",
        fault="sessions of PostgreSQL wait for each other",
        inject=deadlocks,
        expects=Alert("PostgresDeadlocks", DATABASE),
        receiver="notify",
        within=180,
        touches=frozenset({DATABASE}),
        resolves_within=1800,
    ),
    Drill(
        name="long-transaction",
        fault="a transaction stays open for more than half an hour",
        inject=long_transaction,
        expects=Alert("PostgresLongTransaction", DATABASE),
        receiver="notify",
        within=2400,
        touches=frozenset({DATABASE}),
        length="long",
    ),
    Drill(
        name="redis-clients-refused",
        fault="Redis has all the clients it may have, and more ask",
        inject=clients_refused,
        expects=Alert("RedisRejectingClients", CACHE),
        receiver="page",
        within=480,
        touches=_AROUND_CACHE,
        resolves_within=1200,
    ),
    Drill(
        name="redis-memory-near-max",
        fault="Redis uses nearly all the memory it may use, and may throw nothing away",
        inject=memory_near_max,
        expects=Alert("RedisMemoryNearMax", CACHE),
        receiver="notify",
        within=780,
        touches=frozenset({CACHE}),
        resolves_within=1500,
    ),
    Drill(
        name="memory-cache-slow",
        fault="the demo's cache answers a third of a second later",
        inject=late_cache,
        expects=Alert("DependencyDegraded", API),
        receiver="notify",
        within=480,
        touches=AROUND_API | {CACHE},
        resolves_within=900,
    ),
)

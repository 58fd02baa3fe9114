"""Memories in PostgreSQL."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter
from typing import Any, Protocol
from uuid import UUID

import asyncpg
from opentelemetry.instrumentation.utils import suppress_instrumentation

from memory_service.metrics import Metrics
from memory_service.settings import Settings

# Seconds.
START_PATIENCE = 2.0
CONNECT_TIMEOUT = 3.0
ACQUIRE_TIMEOUT = 2.0
COMMAND_TIMEOUT = 5.0
STOP_TIMEOUT = 1.0
FIRST_RETRY = 0.5
LAST_RETRY = 5.0

# Any number does, as long as it is the same in every replica.
_SCHEMA_LOCK = 7_301_664

_SCHEMA = """
CREATE TABLE IF NOT EXISTS memories (
    id uuid PRIMARY KEY,
    user_id text NOT NULL,
    text text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS memories_by_user ON memories (user_id, created_at DESC);
"""

# What the driver raises when the server is not there, is going away, refuses the login or has no room.
_UNAVAILABLE = (
    OSError,  # TimeoutError is one of them
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
)

_log = logging.getLogger(__name__)


class DatabaseUnavailableError(Exception):
    """The database did not answer, or not in time. The message holds no data of the request."""


@dataclass(frozen=True)
class Memory:
    """One remembered text of one user."""

    id: UUID
    user_id: str
    text: str
    created_at: datetime


class MemoryStore(Protocol):
    """Where memories are kept. Every call raises DatabaseUnavailableError when the store does not answer."""

    @property
    def pool_in_use(self) -> int:
        """Connections that a query holds now."""

    @property
    def pool_max(self) -> int:
        """Connections that may be open at once."""

    async def start(self) -> None:
        """Begin to connect; returns within seconds, whether or not the database is there."""

    async def stop(self) -> None:
        """Close every connection."""

    async def ping(self) -> None:
        """Return when the store can serve."""

    async def create(self, memory_id: UUID, user_id: str, text: str) -> Memory:
        """Store a new memory."""

    async def search(self, user_id: str, query: str, limit: int) -> list[Memory]:
        """The user's newest memories whose text contains `query`, all when it is empty."""

    async def get(self, memory_id: UUID) -> Memory | None:
        """One memory, None when there is none."""

    async def delete(self, memory_id: UUID) -> bool:
        """Remove one memory; False when there was none."""

    async def hold(self, seconds: float) -> None:
        """Occupy one connection with a slow query: for drills."""


class PostgresStore:
    """MemoryStore on PostgreSQL.

    Args:
        settings: where the database is and how many connections the pool may open.
        metrics: query durations are observed there.
    """

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._settings = settings
        self._metrics = metrics
        self._pool: Any = None
        self._preparation: asyncio.Task[None] | None = None
        self._prepared = False
        # Health checks have a connection of their own: a used-up pool is our state, not the database's.
        self._probe: Any = None
        self._probe_lock = asyncio.Lock()

    @property
    def pool_in_use(self) -> int:
        """Connections that a query holds now."""
        return self._pool.get_size() - self._pool.get_idle_size() if self._pool is not None else 0

    @property
    def pool_max(self) -> int:
        """Connections that may be open at once."""
        return self._settings.database_pool_max

    async def start(self) -> None:
        """Open the pool, and create the table as soon as the server lets us; see START_PATIENCE."""
        self._pool = await asyncpg.create_pool(
            **self._address(),
            # No connection is opened here: the API starts before the database, and says that it is not ready.
            min_size=0,
            max_size=self._settings.database_pool_max,
            command_timeout=COMMAND_TIMEOUT,
            # Queries leave no session state, so giving a connection back needs no round trip.
            reset=_keep,
        )
        self._preparation = asyncio.create_task(self._prepare())
        # A database that is there is ready in a moment; the first health check then need not report it down.
        await asyncio.wait({self._preparation}, timeout=START_PATIENCE)

    async def stop(self) -> None:
        """Close the pool; connections still in use after STOP_TIMEOUT are cut."""
        if self._preparation is not None:
            self._preparation.cancel()
        self._drop_probe()
        if self._pool is None:
            return
        try:
            await asyncio.wait_for(self._pool.close(), STOP_TIMEOUT)
        except TimeoutError:
            self._pool.terminate()

    async def ping(self) -> None:
        """One round trip on a connection that is kept for this; the pool is not touched."""
        if not self._prepared:
            raise DatabaseUnavailableError("the table is not there yet")
        async with self._probe_lock:
            try:
                if self._probe is None or self._probe.is_closed():
                    self._probe = await asyncpg.connect(**self._address())
                await self._probe.fetchval("SELECT 1")
            except _UNAVAILABLE as error:
                self._drop_probe()
                raise DatabaseUnavailableError(_reason(error)) from error
            except BaseException:
                # Above all the caller's time-out: the answer that is still due would go to the next question.
                self._drop_probe()
                raise

    async def create(self, memory_id: UUID, user_id: str, text: str) -> Memory:
        """Store a new memory."""
        row = await self._row(
            "create",
            "INSERT INTO memories (id, user_id, text) VALUES ($1, $2, $3) RETURNING id, user_id, text, created_at",
            memory_id,
            user_id,
            text,
        )
        return _memory(row)

    async def search(self, user_id: str, query: str, limit: int) -> list[Memory]:
        """The user's newest memories whose text contains `query`, in either case of its letters."""
        async with self._connection() as connection, self._timed("search"):
            rows = await connection.fetch(
                "SELECT id, user_id, text, created_at FROM memories"
                " WHERE user_id = $1 AND text ILIKE $2 ORDER BY created_at DESC LIMIT $3",
                user_id,
                f"%{_literal(query)}%",
                limit,
            )
        return [_memory(row) for row in rows]

    async def get(self, memory_id: UUID) -> Memory | None:
        """One memory, None when there is none."""
        statement = "SELECT id, user_id, text, created_at FROM memories WHERE id = $1"
        row = await self._row("get", statement, memory_id)
        return _memory(row) if row is not None else None

    async def delete(self, memory_id: UUID) -> bool:
        """Remove one memory; False when there was none."""
        row = await self._row("delete", "DELETE FROM memories WHERE id = $1 RETURNING id", memory_id)
        return row is not None

    async def hold(self, seconds: float) -> None:
        """Sleep in the server, so that one connection is busy and one query slow."""
        async with self._connection() as connection, self._timed("hold"):
            await connection.execute("SELECT pg_sleep($1)", seconds, timeout=seconds + COMMAND_TIMEOUT)

    def _address(self) -> dict[str, Any]:
        return {
            "host": self._settings.database_host,
            "port": self._settings.database_port,
            "database": self._settings.database_name,
            "user": self._settings.database_user,
            "password": self._settings.database_password,
            "timeout": CONNECT_TIMEOUT,
            "server_settings": {"application_name": "memory-service"},
        }

    def _drop_probe(self) -> None:
        if self._probe is not None:
            self._probe.terminate()
            self._probe = None

    async def _row(self, operation: str, statement: str, *arguments: object) -> Any:
        async with self._connection() as connection, self._timed(operation):
            return await connection.fetchrow(statement, *arguments)

    async def _prepare(self) -> None:
        """Create the table as soon as the database answers; try again, ever more slowly, until it does."""
        delay = FIRST_RETRY
        while True:
            try:
                with suppress_instrumentation():
                    await self._create_table()
            except (*_UNAVAILABLE, asyncpg.PostgresError) as error:
                _log.warning(
                    "the database is not ready; trying again",
                    extra={"fields": {"reason": _reason(error), "retry_seconds": delay}},
                )
                await asyncio.sleep(delay)
                delay = min(delay * 2, LAST_RETRY)
            else:
                self._prepared = True
                _log.info("the database is ready")
                return

    async def _create_table(self) -> None:
        async with self._pool.acquire(timeout=CONNECT_TIMEOUT) as connection, connection.transaction():
            # Replicas that start together would otherwise trip over each other: IF NOT EXISTS does not lock.
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _SCHEMA_LOCK)
            await connection.execute(_SCHEMA)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Any]:
        if not self._prepared:
            raise DatabaseUnavailableError("the table is not there yet")
        try:
            async with self._pool.acquire(timeout=ACQUIRE_TIMEOUT) as connection:
                yield connection
        except asyncpg.DataError:
            # A value the server cannot take is a mistake of ours, although the driver calls it an interface
            # error.
            raise
        except _UNAVAILABLE as error:
            raise DatabaseUnavailableError(_reason(error)) from error

    @asynccontextmanager
    async def _timed(self, operation: str) -> AsyncIterator[None]:
        started = perf_counter()
        try:
            yield
        finally:
            self._metrics.db_duration.labels(operation).observe(perf_counter() - started)


async def _keep(_connection: object) -> None:
    """Nothing to reset."""


def _memory(row: Any) -> Memory:
    return Memory(id=row["id"], user_id=row["user_id"], text=row["text"], created_at=row["created_at"])


def _literal(text: str) -> str:
    """`text` as a LIKE pattern that matches only itself."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _reason(error: BaseException) -> str:
    """What went wrong, in one line. Connection errors quote hosts and role names, never passwords."""
    return f"{type(error).__name__}: {error}".splitlines()[0] if str(error) else type(error).__name__

"""Search results in Redis, for a limited time."""

from __future__ import annotations

import hashlib
from typing import Protocol

from pydantic import TypeAdapter, ValidationError
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from memory_service.database import Memory
from memory_service.settings import Settings

# Seconds for connecting and for each answer. Short: a search without its cache is slower, not broken.
TIMEOUT = 0.5

_memories = TypeAdapter(list[Memory])


class CacheUnavailableError(Exception):
    """Redis did not answer, or not in time."""


class SearchCache(Protocol):
    """Remembers the results of searches. Calls raise CacheUnavailableError when the cache does not answer."""

    async def stop(self) -> None:
        """Close every connection."""

    async def ping(self) -> None:
        """Return when the cache can serve."""

    async def get(self, user_id: str, query: str, limit: int) -> list[Memory] | None:
        """The remembered result, None when there is none."""

    async def put(self, user_id: str, query: str, limit: int, memories: list[Memory]) -> None:
        """Remember a result until its time is over."""


class RedisCache:
    """SearchCache on Redis.

    A result stays for `settings.cache_ttl_seconds` seconds, whatever is written meanwhile: for a search in a demo
    that is soon enough, and its hit rate then depends on the traffic and not on how often somebody writes.

    Args:
        settings: where Redis is, its password, and how long results stay.
    """

    def __init__(self, settings: Settings) -> None:
        self._ttl = settings.cache_ttl_seconds
        self._redis = Redis(
            host=settings.redis_host,
            port=settings.redis_port,
            password=settings.redis_password,
            socket_timeout=TIMEOUT,
            socket_connect_timeout=TIMEOUT,
            # One more try at once, for a connection that Redis closed while it was idle; none after a
            # time-out, because by then the caller has waited enough.
            retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
        )

    async def stop(self) -> None:
        """Close every connection."""
        await self._redis.aclose()

    async def ping(self) -> None:
        """One round trip."""
        try:
            await self._redis.ping()
        except (RedisError, OSError) as error:
            raise CacheUnavailableError(type(error).__name__) from error

    async def get(self, user_id: str, query: str, limit: int) -> list[Memory] | None:
        """The remembered result; None when there is none or it is not readable."""
        try:
            stored = await self._redis.get(_key(user_id, query, limit))
        except (RedisError, OSError) as error:
            raise CacheUnavailableError(type(error).__name__) from error
        if stored is None:
            return None
        try:
            return _memories.validate_json(stored)
        except ValidationError:
            # Written by another version of this program: as good as not there.
            return None

    async def put(self, user_id: str, query: str, limit: int, memories: list[Memory]) -> None:
        """Remember a result for `settings.cache_ttl_seconds` seconds."""
        try:
            await self._redis.set(_key(user_id, query, limit), _memories.dump_json(memories), ex=self._ttl)
        except (RedisError, OSError) as error:
            raise CacheUnavailableError(type(error).__name__) from error


def _key(user_id: str, query: str, limit: int) -> str:
    """A key of fixed length that shows nobody, in Redis or in a trace, what was searched for."""
    digest = hashlib.sha256(f"{user_id}\0{query}\0{limit}".encode()).hexdigest()
    return f"memory:search:{digest}"

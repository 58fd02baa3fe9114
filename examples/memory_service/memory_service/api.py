"""The HTTP interface: memories, health, metrics."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Annotated, NoReturn
from uuid import UUID

from fastapi import APIRouter, Body, Depends, FastAPI, Header, HTTPException, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from opentelemetry.sdk.trace import TracerProvider
from pydantic import BaseModel, ConfigDict, StringConstraints
from uuid_utils.compat import uuid7

from memory_service import __version__
from memory_service.cache import CacheUnavailableError, RedisCache, SearchCache
from memory_service.database import DatabaseUnavailableError, Memory, MemoryStore, PostgresStore
from memory_service.health import Dependency, HealthChecker, Report
from memory_service.metrics import CACHE_NAME, Metrics
from memory_service.middleware import RequestTelemetry
from memory_service.settings import Settings
from memory_service.tracing import trace_requests

FAULT_HEADER = "X-Demo-Fault"
MAX_BODY_BYTES = 64 * 1024

# What one request with the fault `overspend` is billed for.
OVERSPENT_TOKENS = 1_000_000

# Share of the pool that may be in use before PostgreSQL counts as degraded.
POOL_NEAR_LIMIT = 0.8

_log = logging.getLogger(__name__)

UserId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._@-]{1,64}$")]
# PostgreSQL stores every character but NUL.
Text = Annotated[str, StringConstraints(min_length=1, max_length=4000, pattern=r"^[^\x00]*$")]
SearchText = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")]
MemoryId = Annotated[UUID, Path(alias="id")]


class NewMemory(BaseModel):
    """The body of POST /memories."""

    model_config = ConfigDict(extra="forbid")

    user_id: UserId
    text: Text


class Service:
    """What the routes work with; one per application, reachable as `request.app.state.service`."""

    def __init__(self, settings: Settings, metrics: Metrics, store: MemoryStore, cache: SearchCache) -> None:
        self.settings = settings
        self.metrics = metrics
        self.store = store
        self.cache = cache
        self.health = HealthChecker(
            (
                Dependency(
                    "postgres",
                    store.ping,
                    near_limit=lambda: store.pool_in_use >= POOL_NEAR_LIMIT * store.pool_max,
                ),
                Dependency("redis", cache.ping, required=False),
            ),
            metrics,
        )

    async def search(self, user_id: str, query: str, limit: int) -> list[Memory]:
        """Search the cache, then the database. Without its cache the search still works."""
        cached: list[Memory] | None = None
        cache_answers = True
        try:
            cached = await self.cache.get(user_id, query, limit)
        except CacheUnavailableError:
            cache_answers = False
            self.metrics.cache_errors.labels(CACHE_NAME).inc()
        self.metrics.cache_requests.labels(CACHE_NAME, "miss" if cached is None else "hit").inc()
        if cached is not None:
            return cached
        found = await self.store.search(user_id, query, limit)
        # A cache that just failed to answer would only make the caller wait a second time.
        if cache_answers:
            try:
                await self.cache.put(user_id, query, limit, found)
            except CacheUnavailableError:
                self.metrics.cache_errors.labels(CACHE_NAME).inc()
        return found

    @asynccontextmanager
    async def counted(self, operation: str) -> AsyncIterator[None]:
        """Count the operation by how it ended: ok, not_found (the block raised a 404) or error."""
        result = "error"
        try:
            yield
            result = "ok"
        except HTTPException as error:
            result = "not_found" if error.status_code == 404 else "error"
            raise
        finally:
            self.metrics.memory_operations.labels(operation, result).inc()


# Not a plain function: FastAPI would run one on a thread of its pool, for every request.
async def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


TheService = Annotated[Service, Depends(_service)]


async def _inject_fault(service: TheService, fault: Annotated[str | None, Header(alias=FAULT_HEADER)] = None) -> None:
    """Do what the fault header asks for, when drills are allowed at all."""
    if not service.settings.demo_faults or fault is None:
        return
    if fault == "error":
        raise HTTPException(500, "injected fault")
    if fault == "provider":
        service.metrics.model_failed()
        raise HTTPException(502, "the model's provider does not answer")
    if fault == "overspend":
        service.metrics.model_answered(OVERSPENT_TOKENS)
    elif fault == "slow":
        await asyncio.sleep(service.settings.demo_slow_seconds)
    elif fault == "slow-database":
        await service.store.hold(service.settings.demo_slow_seconds)


memories = APIRouter(dependencies=[Depends(_inject_fault)])
operations = APIRouter()


# The limit belongs to the route: the application's own is enforced outside our middleware, so that a refusal
# would carry no correlation ID.
@memories.post("/memories", status_code=201, max_body_size=MAX_BODY_BYTES)
async def create_memory(service: TheService, new: Annotated[NewMemory, Body()]) -> Memory:
    """Store a text for a user."""
    async with service.counted("create"):
        # The demo calls no real model: it counts as if it had a vector made of each text, a token for each word.
        service.metrics.model_answered(len(new.text.split()))
        return await service.store.create(uuid7(), new.user_id, new.text)


# Before /memories/{id}, which would take "search" for an ID.
@memories.get("/memories/search")
async def search_memories(
    service: TheService,
    user_id: Annotated[UserId, Query()],
    q: Annotated[SearchText, Query()] = "",
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> list[Memory]:
    """The user's newest memories that contain `q`; up to CACHE_TTL_SECONDS old."""
    async with service.counted("search"):
        return await service.search(user_id, q, limit)


@memories.get("/memories/{id}")
async def get_memory(service: TheService, memory_id: MemoryId) -> Memory:
    """One memory."""
    async with service.counted("get"):
        memory = await service.store.get(memory_id)
        if memory is None:
            raise HTTPException(404, "no such memory")
        return memory


@memories.delete("/memories/{id}", status_code=204)
async def delete_memory(service: TheService, memory_id: MemoryId) -> None:
    """Remove one memory."""
    async with service.counted("delete"):
        if not await service.store.delete(memory_id):
            raise HTTPException(404, "no such memory")


@operations.get("/health/liveness")
async def liveness() -> dict[str, str]:
    """The process answers. Says nothing about dependencies: restarting the API does not repair a database."""
    return {"status": "ok"}


@operations.get("/health/readiness")
async def readiness(service: TheService) -> JSONResponse:
    """200 when PostgreSQL and Redis answer, otherwise 503."""
    report = await service.health.check()
    return _health_answer({"status": "ready" if report.ready else "not ready"}, ok=report.ready)


@operations.get("/health")
async def health(service: TheService) -> JSONResponse:
    """ok, degraded (works, but not as it should) or down; 503 only when down."""
    report = await service.health.check()
    return _health_answer({"status": report.status, "version": __version__}, ok=report.status != "down")


@operations.get("/health/detailed")
async def health_detailed(service: TheService) -> JSONResponse:
    """The same with the state and the latency, in seconds, of each dependency."""
    report = await service.health.check()
    return _health_answer(_details(report), ok=report.status != "down")


@operations.get("/metrics")
async def metrics(service: TheService, accept: Annotated[str, Header()] = "") -> Response:
    """Everything for Prometheus; with exemplars when it asks for OpenMetrics."""
    body, content_type = service.metrics.expose(accept)
    return Response(body, headers={"Content-Type": content_type})


def _details(report: Report) -> dict[str, object]:
    dependencies = {name: asdict(finding) for name, finding in report.dependencies.items()}
    return {"status": report.status, "version": __version__, "dependencies": dependencies}


def _health_answer(content: dict[str, object], *, ok: bool) -> JSONResponse:
    # A proxy that keeps a health answer turns an outage into a lie.
    return JSONResponse(content, status_code=200 if ok else 503, headers={"Cache-Control": "no-store"})


async def _database_unavailable(_request: Request, error: Exception) -> JSONResponse:
    _log.warning("the database did not answer", extra={"fields": {"reason": str(error)}})
    content = {"detail": "the database does not answer"}
    return JSONResponse(content, status_code=503, headers={"Retry-After": "5"})


async def _invalid_request(_request: Request, error: Exception) -> JSONResponse:
    """Say what is wrong and where, but do not send the input back: it may be long, private, or not text."""
    if not isinstance(error, RequestValidationError):
        raise error
    problems = [{"where": ".".join(map(str, item["loc"])), "problem": item["msg"]} for item in error.errors()]
    return JSONResponse({"detail": problems}, status_code=422)


def create_app(
    settings: Settings,
    *,
    store: MemoryStore | None = None,
    cache: SearchCache | None = None,
    tracer_provider: TracerProvider | None = None,
) -> FastAPI:
    """Build the application.

    Args:
        settings: the checked environment.
        store: where memories are kept; PostgreSQL unless given.
        cache: where search results are remembered; Redis unless given.
        tracer_provider: where spans come from; one that exports nothing unless given.
    """
    application_metrics = Metrics(__version__)
    service = Service(
        settings,
        application_metrics,
        store if store is not None else PostgresStore(settings, application_metrics),
        cache if cache is not None else RedisCache(settings),
    )
    application_metrics.watch_pool(lambda: service.store.pool_in_use, service.store.pool_max)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await service.store.start()
        refresh = asyncio.create_task(service.health.refresh_forever())
        refresh.add_done_callback(_report_end)
        try:
            yield
        finally:
            refresh.cancel()
            await service.store.stop()
            await service.cache.stop()

    app = FastAPI(
        title="memory-service",
        version=__version__,
        lifespan=lifespan,
        # The interactive pages load scripts from a public network; the routes are in the README.
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        exception_handlers={
            DatabaseUnavailableError: _database_unavailable,
            RequestValidationError: _invalid_request,
        },
    )
    app.state.service = service
    app.include_router(memories)
    app.include_router(operations)
    app.add_middleware(RequestTelemetry, metrics=application_metrics)
    trace_requests(app, tracer_provider if tracer_provider is not None else TracerProvider())
    return app


def _report_end(task: asyncio.Task[NoReturn] | asyncio.Task[None]) -> None:
    """A health refresh that ends by itself leaves stale gauges behind: that must not be silent."""
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("the health refresh ended", exc_info=error)

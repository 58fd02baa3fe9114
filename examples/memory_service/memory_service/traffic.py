"""Steady, varied requests to the memory API: `python3 -m memory_service.traffic`.

What to do next is decided by `Planner` (pure, seeded), how to do it by `Sender` (HTTP, metrics, spans), and
when by `Generator` (rate, back-off, end).
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import signal
import sys
from collections import Counter as Tally
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic, perf_counter
from typing import Final, Literal

import httpx
from opentelemetry import trace
from opentelemetry.propagate import inject
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import SpanKind, StatusCode
from prometheus_client import (
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    start_http_server,
)

from memory_service.correlation import HEADER, SPAN_ATTRIBUTE, new_correlation_id
from memory_service.logs import configure_logging, request_fields
from memory_service.metrics import HTTP_BUCKETS, OPERATIONS, current_exemplar
from memory_service.settings import SettingsError, TrafficSettings, read_settings
from memory_service.tracing import start_tracing, stop_tracing

Operation = Literal["create", "search", "get", "delete"]

FAULT_HEADER: Final = "X-Demo-Fault"

# The status label of a request that got no answer at all.
NO_ANSWER: Final = "none"

# Few users and few words, some far more popular than others: as in life, and so that the cache has something
# to do.
USERS: Final = ("alice", "bob", "carol", "dave", "erin")
WORDS: Final = ("coffee", "garden", "meeting", "train")
POPULARITY: Final = (60, 22, 10, 5, 3)

MIX: Final[Mapping[Operation, int]] = {"create": 20, "search": 55, "get": 20, "delete": 5}

# At this many memories a create becomes a delete, so that a generator that runs for months does not fill the
# disk.
KNOWN_MAX: Final = 500

# How many deleted memories are kept in mind, so that an outdated answer does not bring them back.
GONE_MAX: Final = 2000

# Seconds.
REQUEST_TIMEOUT: Final = 15.0
SUMMARY_INTERVAL: Final = 60.0
FIRST_BACKOFF: Final = 1.0
LAST_BACKOFF: Final = 10.0
STOP_TIMEOUT: Final = 5.0

# Requests that may wait for an answer at once; beyond it the rate drops instead of the memory filling up.
IN_FLIGHT_MAX: Final = 100

_log = logging.getLogger("memory_service.traffic")


@dataclass(frozen=True)
class Step:
    """One request to make.

    Args:
        operation: create, search, get or delete.
        user: whose memory it is about.
        word: what to store or to search for.
        memory_id: which memory to get or delete; None for the others.
        fault: the value of the fault header, None for none.
    """

    operation: Operation
    user: str
    word: str
    memory_id: str | None = None
    fault: str | None = None


class Planner:
    """Decides what to request next. The same seed and the same `learn` and `forget` calls: the same steps.

    Args:
        chance: where the dice come from.
        error_share: share of steps with the fault `error`, 0 to 1.
        slow_share: share of steps with the fault `slow`.
        slow_database_share: share of steps with the fault `slow-database`.
    """

    def __init__(
        self,
        chance: random.Random,
        error_share: float = 0.0,
        slow_share: float = 0.0,
        slow_database_share: float = 0.0,
    ) -> None:
        self._chance = chance
        self._faults = (("error", error_share), ("slow", slow_share), ("slow-database", slow_database_share))
        # A list to draw from by position; the dictionary beside it keeps removal and membership cheap.
        self._known: list[str] = []
        self._position: dict[str, int] = {}
        # A search answers from its cache for a while, and so names memories that are already deleted.
        self._gone: dict[str, None] = {}

    @property
    def known(self) -> int:
        """Memories that a get or a delete can be about."""
        return len(self._known)

    def next_step(self) -> Step:
        """The next request."""
        operation = self._chance.choices(tuple(MIX), tuple(MIX.values()))[0]
        user = self._chance.choices(USERS, POPULARITY)[0]
        word = self._chance.choices(WORDS, POPULARITY[: len(WORDS)])[0]
        fault = self._fault()
        if operation == "create" and self.known >= KNOWN_MAX:
            operation = "delete"
        if operation in ("get", "delete"):
            if not self._known:
                return Step("create", user, word, fault=fault)
            return Step(operation, user, word, self._chance.choice(self._known), fault)
        return Step(operation, user, word, fault=fault)

    def learn(self, memory_id: str) -> None:
        """Remember a memory that exists, unless enough are known or it was forgotten not long ago."""
        if self.known < KNOWN_MAX and memory_id not in self._position and memory_id not in self._gone:
            self._position[memory_id] = len(self._known)
            self._known.append(memory_id)

    def forget(self, memory_id: str) -> None:
        """A memory that no longer exists."""
        self._gone[memory_id] = None
        if len(self._gone) > GONE_MAX:
            del self._gone[next(iter(self._gone))]
        position = self._position.pop(memory_id, None)
        if position is None:
            return
        last = self._known.pop()
        if last != memory_id:
            self._known[position] = last
            self._position[last] = position

    def _fault(self) -> str | None:
        roll = self._chance.random()
        for name, share in self._faults:
            if roll < share:
                return name
            roll -= share
        return None


class TrafficMetrics:
    """What the generator did, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self.requests = Counter(
            "traffic_requests_total",
            "Requests made, by operation and status code; `none` when no answer came.",
            ["operation", "status"],
            registry=self.registry,
        )
        self.duration = Histogram(
            "traffic_request_duration_seconds",
            "Time of a request as its caller sees it.",
            ["operation"],
            buckets=HTTP_BUCKETS,
            registry=self.registry,
        )
        for operation in OPERATIONS:
            self.duration.labels(operation)


class Sender:
    """Makes one request after the other's plan, and keeps the books.

    Args:
        client: an HTTP client whose base address is the target.
        planner: told which memories exist.
        metrics: counts every request.
        provider: where the client spans come from.
    """

    def __init__(
        self, client: httpx.AsyncClient, planner: Planner, metrics: TrafficMetrics, provider: TracerProvider
    ) -> None:
        self._client = client
        self._planner = planner
        self._metrics = metrics
        self._tracer = provider.get_tracer(__name__)
        self.tally: Tally[str] = Tally()
        self.unexpected = 0
        self.newest_correlation_id = ""

    async def send(self, step: Step) -> bool:
        """Make one request.

        Returns:
            Whether the target answered, with whatever status.
        """
        method, path = _target(step)
        correlation_id = self.newest_correlation_id = new_correlation_id()
        with self._tracer.start_as_current_span(
            f"{step.operation} memory",
            kind=SpanKind.CLIENT,
            attributes={
                "http.request.method": method,
                "server.address": self._client.base_url.host,
                SPAN_ATTRIBUTE: correlation_id,
            },
        ) as span:
            # Set before anything is logged and left set: this runs in a task of its own.
            request_fields.set({"correlation_id": correlation_id, "method": method})
            headers = {HEADER: correlation_id}
            if step.fault is not None:
                headers[FAULT_HEADER] = step.fault
            inject(headers)
            started = perf_counter()
            response: httpx.Response | None = None
            reason: str | None = None
            try:
                response = await self._request(step, method, path, headers)
            except httpx.HTTPError as error:
                reason = type(error).__name__
            seconds = perf_counter() - started
            status = NO_ANSWER if response is None else str(response.status_code)
            self._metrics.requests.labels(step.operation, status).inc()
            self._metrics.duration.labels(step.operation).observe(seconds, exemplar=current_exemplar())
            self.tally[status] += 1
            if response is not None:
                span.set_attribute("http.response.status_code", response.status_code)
                self._update(step, response)
            if response is None or response.status_code >= 400:
                span.set_status(StatusCode.ERROR)
            if not expected(step, response):
                self.unexpected += 1
                fields: dict[str, object] = {
                    "operation": step.operation,
                    "fault": step.fault,
                    "status": status,
                    "reason": reason,
                    "duration_seconds": round(seconds, 6),
                }
                given = {name: value for name, value in fields.items() if value is not None}
                _log.warning("unexpected failure", extra={"fields": given})
            return response is not None

    async def _request(self, step: Step, method: str, path: str, headers: dict[str, str]) -> httpx.Response:
        if step.operation == "create":
            body = {"user_id": step.user, "text": f"{step.user} thinks of the {step.word}"}
            return await self._client.request(method, path, headers=headers, json=body)
        if step.operation == "search":
            query = {"user_id": step.user, "q": step.word, "limit": "10"}
            return await self._client.request(method, path, headers=headers, params=query)
        return await self._client.request(method, path, headers=headers)

    def _update(self, step: Step, response: httpx.Response) -> None:
        try:
            if response.status_code == 201:
                self._planner.learn(str(response.json()["id"]))
            elif response.status_code == 200 and step.operation == "search":
                # Memories that an earlier run left behind are taken over, and in time deleted, by this one.
                for memory in response.json():
                    self._planner.learn(str(memory["id"]))
        except (ValueError, KeyError, TypeError):
            _log.warning("the answer is not what the memory API sends")
        if step.memory_id is not None and (
            response.status_code == 404 or (step.operation == "delete" and response.is_success)
        ):
            self._planner.forget(step.memory_id)


def expected(step: Step, response: httpx.Response | None) -> bool:
    """Whether the outcome needs no attention.

    True for a success, for the failure that was asked for, and for a 404 on a memory that another request, or
    another generator, has just deleted.
    """
    if response is None:
        return False
    if response.is_success:
        return True
    if step.fault == "error" and response.status_code == 500:
        return True
    return response.status_code == 404 and step.memory_id is not None


def _target(step: Step) -> tuple[str, str]:
    if step.operation == "create":
        return "POST", "/memories"
    if step.operation == "search":
        return "GET", "/memories/search"
    return ("GET" if step.operation == "get" else "DELETE"), f"/memories/{step.memory_id}"


class Backoff:
    """How long to leave a target alone that does not answer: 1 s, then twice as long each time, up to 10."""

    def __init__(self) -> None:
        self._next = FIRST_BACKOFF

    def succeeded(self) -> None:
        """The target answered: the next pause is short again."""
        self._next = FIRST_BACKOFF

    def failed(self) -> float:
        """The target did not answer. Returns the seconds to wait now."""
        pause = self._next
        self._next = min(self._next * 2, LAST_BACKOFF)
        return pause


class Generator:
    """Keeps the rate, whatever the answers take, until it is stopped or its time is over.

    Args:
        settings: rate and duration.
        planner: says what comes next.
        sender: does it.
    """

    def __init__(self, settings: TrafficSettings, planner: Planner, sender: Sender) -> None:
        self._settings = settings
        self._planner = planner
        self._sender = sender
        self._backoff = Backoff()
        self._pause_until = 0.0
        self._stopping = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()

    def stop(self) -> None:
        """Make no further request; `run` then returns as soon as the running ones are answered."""
        self._stopping.set()

    async def run(self) -> None:
        """Generate until stopped. Requests still running after the stop get five seconds."""
        interval = 1.0 / self._settings.requests_per_second
        started = due = summary_due = monotonic()
        summary_due += SUMMARY_INTERVAL
        end = started + self._settings.duration_seconds if self._settings.duration_seconds else None
        while not self._stopping.is_set():
            now = monotonic()
            if end is not None and now >= end:
                break
            if now >= summary_due:
                self._summarise()
                summary_due = now + SUMMARY_INTERVAL
            if now < self._pause_until:
                # What was due during the pause is not caught up with: the target would meet a flood on its
                # return.
                due = self._pause_until
            if now < due:
                await self._wait(min(due, summary_due, end or due) - now)
                continue
            # After a delay of this process itself, go on from now rather than send a burst.
            due = max(due, now - interval) + interval
            if len(self._running) < IN_FLIGHT_MAX:
                task = asyncio.create_task(self._one(self._planner.next_step()))
                self._running.add(task)
                task.add_done_callback(self._running.discard)
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=STOP_TIMEOUT)
            for task in late:
                task.cancel()
        self._summarise()

    async def _one(self, step: Step) -> None:
        if await self._sender.send(step):
            self._backoff.succeeded()
        elif monotonic() >= self._pause_until:
            # Only the first failure of a pause lengthens the next: the others were under way with it.
            pause = self._backoff.failed()
            self._pause_until = monotonic() + pause
            _log.info("the target does not answer", extra={"fields": {"pause_seconds": pause}})

    async def _wait(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    def _summarise(self) -> None:
        tally = self._sender.tally
        fields = {
            # One request of the many, so that the line leads to a whole story in logs and traces.
            "correlation_id": self._sender.newest_correlation_id,
            "requests": sum(tally.values()),
            "by_status": dict(sorted(tally.items())),
            "unexpected_failures": self._sender.unexpected,
            "known_memories": self._planner.known,
        }
        _log.info("traffic since the start", extra={"fields": fields})


async def generate(settings: TrafficSettings, metrics: TrafficMetrics, provider: TracerProvider) -> None:
    """Run a generator until SIGTERM, SIGINT or the end of its duration.

    Args:
        settings: the checked environment.
        metrics: counts every request.
        provider: where the client spans come from.
    """
    planner = Planner(
        random.Random(settings.seed),  # noqa: S311 - dice for a demo, nothing secret
        settings.error_share,
        settings.slow_share,
        settings.slow_database_share,
    )
    limits = httpx.Limits(max_connections=IN_FLIGHT_MAX, max_keepalive_connections=20)
    async with httpx.AsyncClient(
        base_url=str(settings.target_url), timeout=REQUEST_TIMEOUT, limits=limits, trust_env=False
    ) as client:
        generator = Generator(settings, planner, Sender(client, planner, metrics, provider))
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, generator.stop)
        await generator.run()


def main() -> int:
    """Run until stopped. Returns 0 after a clean stop, 2 when the environment is wrong."""
    try:
        settings = read_settings(TrafficSettings)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    service = os.environ.get("OTEL_SERVICE_NAME") or "memory-traffic"
    configure_logging(service, settings.log_level)
    provider = start_tracing(service)
    trace.set_tracer_provider(provider)
    metrics = TrafficMetrics()
    server, _ = start_http_server(settings.port, registry=metrics.registry)
    fields = {"target": str(settings.target_url), "requests_per_second": settings.requests_per_second}
    _log.info("starting", extra={"fields": fields})
    try:
        asyncio.run(generate(settings, metrics, provider))
    finally:
        server.shutdown()
        stop_tracing(provider)
        _log.info("stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main())

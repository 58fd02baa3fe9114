"""The demo workload, with fakes for PostgreSQL and Redis: what it answers, counts, logs and traces."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import random
import re
import subprocess
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from memory_service import traffic
from memory_service.api import create_app
from memory_service.cache import CacheUnavailableError
from memory_service.correlation import accept_correlation_id, new_correlation_id
from memory_service.database import DatabaseUnavailableError, Memory
from memory_service.health import Dependency, HealthChecker
from memory_service.logs import JsonFormatter
from memory_service.metrics import Metrics
from memory_service.settings import (
    Settings,
    SettingsError,
    TrafficSettings,
    read_settings,
)
from memory_service.tracing import WatchedExporter, start_tracing
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pydantic import HttpUrl

from tests.unit.examples.virtual_time import VirtualTimeLoop, run_in_virtual_time

EXAMPLE = Path(__file__).parents[3] / "examples" / "memory_service"
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
OPENMETRICS = "application/openmetrics-text; version=1.0.0"


class FakeStore:
    """Memories in a dictionary; `down` makes every call fail as a lost database does."""

    def __init__(self) -> None:
        self.rows: dict[UUID, Memory] = {}
        self.down = False
        self.bug: Exception | None = None
        self.held: list[float] = []
        self.searches = 0
        self.pool_in_use = 3
        self.pool_max = 10
        self.calls: list[str] = []

    def _answer(self) -> None:
        if self.down:
            raise DatabaseUnavailableError("ConnectionRefusedError: nobody there")
        if self.bug is not None:
            raise self.bug

    async def start(self) -> None:
        self.calls.append("start")

    async def stop(self) -> None:
        self.calls.append("stop")

    async def ping(self) -> None:
        self._answer()

    async def create(self, memory_id: UUID, user_id: str, text: str) -> Memory:
        self._answer()
        self.rows[memory_id] = Memory(memory_id, user_id, text, datetime(2026, 1, 2, tzinfo=UTC))
        return self.rows[memory_id]

    async def search(self, user_id: str, query: str, limit: int) -> list[Memory]:
        self._answer()
        self.searches += 1
        return [row for row in self.rows.values() if row.user_id == user_id and query in row.text][:limit]

    async def get(self, memory_id: UUID) -> Memory | None:
        self._answer()
        return self.rows.get(memory_id)

    async def delete(self, memory_id: UUID) -> bool:
        self._answer()
        return self.rows.pop(memory_id, None) is not None

    async def hold(self, seconds: float) -> None:
        self._answer()
        self.held.append(seconds)


class FakeCache:
    """Search results in a dictionary."""

    def __init__(self) -> None:
        self.results: dict[tuple[str, str, int], list[Memory]] = {}
        self.down = False
        self.puts = 0

    def _answer(self) -> None:
        if self.down:
            raise CacheUnavailableError("ConnectionError")

    async def stop(self) -> None:
        return None

    async def ping(self) -> None:
        self._answer()

    async def get(self, user_id: str, query: str, limit: int) -> list[Memory] | None:
        self._answer()
        return self.results.get((user_id, query, limit))

    async def put(self, user_id: str, query: str, limit: int, memories: list[Memory]) -> None:
        self.puts += 1
        self._answer()
        self.results[user_id, query, limit] = memories


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """None of the variables that the programs read."""
    for name in (*Settings.model_fields, *TrafficSettings.model_fields):
        monkeypatch.delenv(name.upper(), raising=False)


def settings(*, demo_faults: bool = False, demo_slow_seconds: float = 0.0) -> Settings:
    return Settings(
        database_host="db",
        database_name="memory",
        database_user="memory",
        database_password_file=Path(__file__),  # any file will do
        redis_host="cache",
        demo_faults=demo_faults,
        demo_slow_seconds=demo_slow_seconds,
    )


class World:
    """One application with its fakes and the spans it made."""

    def __init__(self, chosen: Settings) -> None:
        self.store = FakeStore()
        self.cache = FakeCache()
        self.exporter = InMemorySpanExporter()
        self.provider = TracerProvider(shutdown_on_exit=False)
        self.provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.app: FastAPI = create_app(chosen, store=self.store, cache=self.cache, tracer_provider=self.provider)

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        async def one() -> httpx.Response:
            async with client(self.app) as http:
                return await http.request(method, path, **options)

        return asyncio.run(one())

    def create(self, user: str = "zoe", text: str = "tea") -> str:
        response = self.call("POST", "/memories", json={"user_id": user, "text": text})
        assert response.status_code == 201
        memory_id: str = response.json()["id"]
        return memory_id

    def sample(self, name: str, **labels: str) -> float | None:
        value: float | None = self.app.state.service.metrics.registry.get_sample_value(name, labels)
        return value


@asynccontextmanager
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://memory") as http:
        yield http


@pytest.fixture
def world() -> World:
    return World(settings())


@pytest.fixture
def log_lines() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """What the package logs, as parsed JSON lines."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter("memory-service"))
    logger = logging.getLogger("memory_service")
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logger.removeHandler(handler)
    logger.setLevel(before)


# --- memories


def test_a_memory_is_created_found_read_and_deleted(world: World) -> None:
    memory_id = world.create("zoe", "green tea")
    expected = {"id": memory_id, "user_id": "zoe", "text": "green tea", "created_at": "2026-01-02T00:00:00Z"}
    assert world.call("GET", f"/memories/{memory_id}").json() == expected
    assert world.call("GET", "/memories/search", params={"user_id": "zoe", "q": "tea"}).json() == [expected]
    assert world.call("DELETE", f"/memories/{memory_id}").status_code == 204
    assert world.call("DELETE", f"/memories/{memory_id}").status_code == 404
    assert world.call("GET", f"/memories/{memory_id}").status_code == 404
    count = world.sample
    assert count("memory_operations_total", operation="create", result="ok") == 1
    assert count("memory_operations_total", operation="delete", result="ok") == 1
    assert count("memory_operations_total", operation="delete", result="not_found") == 1
    assert count("memory_operations_total", operation="get", result="not_found") == 1
    assert count("memory_operations_total", operation="search", result="ok") == 1


def test_ids_are_version_7(world: World) -> None:
    assert UUID(world.create()).version == 7


@pytest.mark.parametrize(
    "body",
    [
        {"user_id": "zoe"},
        {"user_id": "zoe", "text": ""},
        {"user_id": "zoe", "text": "x" * 4001},
        {"user_id": "zoe", "text": "a\x00b"},
        {"user_id": "zoe", "text": "a\ud800b"},
        {"user_id": "two words", "text": "x"},
        {"user_id": "zoe\n", "text": "x"},
        {"user_id": "zoe", "text": "x", "extra": 1},
    ],
)
def test_a_bad_body_is_refused_and_not_sent_back(world: World, body: dict[str, object]) -> None:
    response = world.call("POST", "/memories", content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert response.status_code == 422
    assert {key for problem in response.json()["detail"] for key in problem} == {"where", "problem"}
    assert not world.store.rows


def test_a_huge_body_is_refused_with_a_correlation_id(world: World) -> None:
    response = world.call("POST", "/memories", content=b"x" * 70_000)
    assert response.status_code == 413
    assert "X-Correlation-ID" in response.headers


def test_the_second_search_comes_from_the_cache(world: World) -> None:
    world.create()
    for _ in range(3):
        world.call("GET", "/memories/search", params={"user_id": "zoe"})
    assert world.store.searches == 1
    assert world.sample("cache_requests_total", cache="search", result="miss") == 1
    assert world.sample("cache_requests_total", cache="search", result="hit") == 2


def test_a_search_works_without_the_cache(world: World) -> None:
    memory_id = world.create()
    world.cache.down = True
    response = world.call("GET", "/memories/search", params={"user_id": "zoe"})
    assert [memory["id"] for memory in response.json()] == [memory_id]
    assert world.cache.puts == 0, "a cache that did not answer is not asked again in the same request"
    assert world.sample("cache_requests_total", cache="search", result="miss") == 1
    assert world.sample("cache_errors_total", cache="search") == 1


def test_a_lost_database_is_a_503_and_an_error(world: World) -> None:
    world.store.down = True
    response = world.call("POST", "/memories", json={"user_id": "zoe", "text": "tea"})
    assert (response.status_code, response.json()) == (503, {"detail": "the database does not answer"})
    assert world.sample("memory_operations_total", operation="create", result="error") == 1
    assert world.sample("http_requests_total", method="POST", route="/memories", status="503") == 1


# --- health


def test_all_is_well(world: World) -> None:
    assert world.call("GET", "/health").json() == {"status": "ok", "version": "1.0.0"}
    assert world.call("GET", "/health/liveness").json() == {"status": "ok"}
    assert world.call("GET", "/health/readiness").json() == {"status": "ready"}
    detailed = world.call("GET", "/health/detailed").json()
    assert detailed["status"] == "ok"
    assert set(detailed["dependencies"]) == {"postgres", "redis"}
    for finding in detailed["dependencies"].values():
        assert finding["status"] == "ok"
        assert 0 <= finding["latency_seconds"] < 1
    assert world.sample("dependency_up", dependency="postgres") == 1
    assert world.sample("dependency_degraded", dependency="redis") == 0


@pytest.mark.parametrize(
    ("broken", "overall", "health_status"), [("postgres", "down", 503), ("redis", "degraded", 200)]
)
def test_not_ready_without_a_dependency(world: World, broken: str, overall: str, health_status: int) -> None:
    fake = world.store if broken == "postgres" else world.cache
    fake.down = True
    assert world.call("GET", "/health/readiness").status_code == 503
    assert world.call("GET", "/health/liveness").status_code == 200
    response = world.call("GET", "/health/detailed")
    assert (response.status_code, response.json()["status"]) == (health_status, overall)
    assert response.json()["dependencies"][broken]["status"] == "down"
    assert world.call("GET", "/health").status_code == health_status
    assert world.sample("dependency_up", dependency=broken) == 0
    fake.down = False
    assert world.call("GET", "/health/readiness").status_code == 200
    assert world.sample("dependency_up", dependency=broken) == 1


def test_a_nearly_used_up_pool_is_degraded_but_ready(world: World) -> None:
    world.store.pool_in_use = 8
    finding = world.call("GET", "/health/detailed").json()["dependencies"]["postgres"]
    assert (finding["status"], finding["reason"]) == ("degraded", "nearly all connections are in use")
    assert world.call("GET", "/health/readiness").status_code == 200
    assert world.sample("dependency_degraded", dependency="postgres") == 1
    assert world.sample("dependency_up", dependency="postgres") == 1


def check(ping: Callable[[], Awaitable[None]], **limits: float) -> tuple[str, str | None]:
    report = asyncio.run(HealthChecker((Dependency("it", ping),), Metrics("0"), **limits).check())
    finding = report.dependencies["it"]
    return finding.status, finding.reason


def test_slow_is_degraded_and_silent_is_down() -> None:
    async def slow() -> None:
        await asyncio.sleep(0.02)

    assert check(slow) == ("ok", None)
    assert check(slow, degraded_latency=0.01) == ("degraded", "answered after more than 0.01 s")
    assert check(slow, timeout=0.01) == ("down", "no answer within 0.01 s")


def test_changes_of_a_dependency_are_logged_once(world: World, log_lines: Callable[[], list[dict[str, Any]]]) -> None:
    world.call("GET", "/health")
    world.store.down = True
    for _ in range(3):
        world.call("GET", "/health")
    world.store.down = False
    world.call("GET", "/health")
    changes = [line for line in log_lines() if line["message"] == "a dependency changed its state"]
    assert [(line["level"], line["dependency"], line["dependency_status"]) for line in changes] == [
        ("warning", "postgres", "down"),
        ("info", "postgres", "ok"),
    ]


def test_the_gauges_are_fresh_without_any_health_request(world: World) -> None:
    async def serve_for_a_moment(_: VirtualTimeLoop) -> None:
        async with world.app.router.lifespan_context(world.app):
            await asyncio.sleep(0.05)

    world.cache.down = True
    run_in_virtual_time(serve_for_a_moment)
    assert world.sample("dependency_up", dependency="redis") == 0
    assert world.sample("dependency_up", dependency="postgres") == 1
    assert world.store.calls == ["start", "stop"]


# --- metrics


def test_the_names_on_the_metrics_page(world: World) -> None:
    world.create()
    world.call("GET", "/health")
    response = world.call("GET", "/metrics")
    assert response.headers["Content-Type"].startswith("text/plain")
    assert len(response.headers.get_list("Content-Type")) == 1
    families = set(re.findall(r"^# TYPE (\S+) ", response.text, re.MULTILINE))
    assert families >= {
        "http_requests_total",
        "http_request_duration_seconds",
        "http_requests_in_progress",
        "db_pool_connections_in_use",
        "db_pool_connections_max",
        "db_query_duration_seconds",
        "cache_requests_total",
        "cache_errors_total",
        "memory_operations_total",
        "dependency_up",
        "dependency_degraded",
        "dependency_latency_seconds",
        "app_info",
        "gen_ai_client_token_usage",
        "gen_ai_client_operation_duration_seconds",
    }
    assert 'app_info{version="1.0.0"} 1.0' in response.text
    assert "db_pool_connections_in_use 3.0" in response.text
    assert "db_pool_connections_max 10.0" in response.text
    assert "_created" not in response.text


def test_each_new_memory_is_a_call_of_the_model_and_faults_are_calls_that_fail_or_cost() -> None:
    world = World(settings(demo_faults=True))
    tokens, calls = "gen_ai_client_token_usage_sum", "gen_ai_client_operation_duration_seconds_count"
    of_input = {"gen_ai_request_model": "demo-embedder", "gen_ai_token_type": "input"}
    world.create(text="a walk in the garden")
    assert world.sample(tokens, **of_input) == 5
    assert world.call("GET", "/memories/search?user_id=zoe", headers={"X-Demo-Fault": "provider"}).status_code == 502
    assert world.sample(calls, gen_ai_request_model="demo-embedder", error_type="timeout") == 1
    assert world.call("GET", "/memories/search?user_id=zoe", headers={"X-Demo-Fault": "overspend"}).status_code == 200
    assert world.sample(tokens, **of_input) == 1_000_005
    assert world.sample(calls, gen_ai_request_model="demo-embedder", error_type="") == 2


def test_the_buckets_hold_the_usual_objectives(world: World) -> None:
    world.create()
    for bound in ("0.1", "0.25", "0.5", "1.0", "2.0", "5.0", "+Inf"):
        assert world.sample("http_request_duration_seconds_bucket", method="POST", route="/memories", le=bound) == 1


@pytest.mark.parametrize(
    ("method", "path", "labels"),
    [
        ("GET", "/memories/0192d6a5-0000-7000-8000-000000000000", ("GET", "/memories/{id}", "404")),
        ("GET", "/memories/no-uuid", ("GET", "/memories/{id}", "422")),
        ("GET", "/memories/search", ("GET", "/memories/search", "422")),
        ("GET", "/nowhere/42", ("GET", "unmatched", "404")),
        ("PUT", "/memories", ("PUT", "/memories", "405")),
        ("INVENTED", "/memories", ("other", "/memories", "405")),
    ],
)
def test_labels_come_from_the_template(world: World, method: str, path: str, labels: tuple[str, str, str]) -> None:
    world.call(method, path)
    text = world.call("GET", "/metrics").text
    expected = f'http_requests_total{{method="{labels[0]}",route="{labels[1]}",status="{labels[2]}"}} 1.0'
    assert [line for line in text.splitlines() if line.startswith("http_requests_total{")] == [expected]


def test_probes_and_scrapes_are_neither_counted_nor_traced_nor_logged(
    world: World, log_lines: Callable[[], list[dict[str, Any]]]
) -> None:
    for path in ("/health", "/health/liveness", "/health/readiness", "/health/detailed", "/metrics"):
        response = world.call("GET", path)
        assert response.status_code == 200
        assert "X-Correlation-ID" in response.headers
    assert "http_requests_total{" not in world.call("GET", "/metrics").text
    assert world.exporter.get_finished_spans() == ()
    assert log_lines() == []


def test_exemplars_lead_to_the_trace_when_openmetrics_is_asked_for(world: World) -> None:
    body = {"user_id": "zoe", "text": "tea"}
    world.call("POST", "/memories", json=body, headers={"traceparent": TRACEPARENT})
    response = world.call("GET", "/metrics", headers={"Accept": OPENMETRICS})
    assert response.headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
    assert response.text.endswith("# EOF\n")
    exemplars = re.findall(r"http_request_duration_seconds_bucket\{.*\} 1\.0 # \{(.*?)\}", response.text)
    assert len(exemplars) == 1
    assert f'trace_id="{TRACE_ID}"' in exemplars[0]
    assert "trace_id" not in world.call("GET", "/metrics").text


def test_an_unsampled_trace_is_no_exemplar(world: World) -> None:
    unsampled = TRACEPARENT[:-2] + "00"
    world.call("POST", "/memories", json={"user_id": "zoe", "text": "tea"}, headers={"traceparent": unsampled})
    assert "trace_id" not in world.call("GET", "/metrics", headers={"Accept": OPENMETRICS}).text


def test_nothing_stays_in_progress(world: World) -> None:
    world.store.bug = RuntimeError("boom")
    world.call("GET", f"/memories/{uuid4()}")
    assert world.sample("http_requests_in_progress", method="GET") == 0


# --- correlation and traces


def test_a_valid_correlation_id_is_echoed_and_put_on_the_span(world: World) -> None:
    response = world.call("GET", "/nowhere", headers={"X-Correlation-ID": "order-42.a_B", "traceparent": TRACEPARENT})
    assert response.headers["X-Correlation-ID"] == "order-42.a_B"
    (span,) = world.exporter.get_finished_spans()
    assert span.attributes is not None
    assert span.attributes["correlation.id"] == "order-42.a_B"
    assert format(span.context.trace_id, "032x") == TRACE_ID


@pytest.mark.parametrize(
    "bad", ["", " ", "two words", 'quote"', "<b>", "a\tb", "a\r\nSet-Cookie: x", "x" * 129, "é", "a\n"]
)
def test_an_unusable_correlation_id_is_replaced_by_a_uuid7(bad: str) -> None:
    replaced = accept_correlation_id(bad)
    assert replaced != bad
    assert UUID(replaced).version == 7


def test_correlation_ids_are_uuid7() -> None:
    made = [new_correlation_id() for _ in range(100)]
    assert len(set(made)) == 100
    assert made == sorted(made), "they sort by the time they were made"
    number = UUID(made[0]).int
    assert (number >> 76) & 0xF == 7, "version bits"
    assert (number >> 62) & 0x3 == 2, "variant bits"
    assert abs((number >> 80) / 1000 - datetime.now(UTC).timestamp()) < 60
    assert accept_correlation_id(None) != made[0]
    assert accept_correlation_id("x" * 128) == "x" * 128


def test_a_bad_header_never_reaches_the_answer_or_the_log(
    world: World, log_lines: Callable[[], list[dict[str, Any]]]
) -> None:
    response = world.call("GET", "/nowhere", headers={"X-Correlation-ID": 'x","level":"critical'})
    assert UUID(response.headers["X-Correlation-ID"]).version == 7
    (line,) = log_lines()
    assert line["correlation_id"] == response.headers["X-Correlation-ID"]
    assert line["level"] == "info"


def test_spans_name_the_route_and_hide_the_query(world: World) -> None:
    world.call("GET", "/memories/search", params={"user_id": "zoe", "q": "private words"})
    (span,) = world.exporter.get_finished_spans()
    assert span.name == "GET /memories/search"
    assert span.attributes is not None
    assert span.attributes["http.route"] == "/memories/search"
    assert span.attributes["http.response.status_code"] == 200
    assert "private" not in json.dumps(dict(span.attributes), default=str)


class ScriptedExporter(SpanExporter):
    """Answers with the given results, one after the other."""

    def __init__(self, *results: SpanExportResult) -> None:
        self.results = list(results)

    def export(self, _spans: object) -> SpanExportResult:
        return self.results.pop(0)


def test_a_dead_collector_is_one_warning(log_lines: Callable[[], list[dict[str, Any]]]) -> None:
    good, bad = SpanExportResult.SUCCESS, SpanExportResult.FAILURE
    exporter = WatchedExporter(ScriptedExporter(good, bad, bad, bad, good, good))
    for _ in range(6):
        exporter.export([])
    assert [(line["level"], line["message"]) for line in log_lines()] == [
        ("warning", "traces cannot be exported; they are dropped until the collector answers"),
        ("info", "traces are exported again"),
    ]


def test_no_collector_is_one_warning(log_lines: Callable[[], list[dict[str, Any]]]) -> None:
    start_tracing("memory-service", {})
    assert [(line["level"], line["message"]) for line in log_lines()] == [
        ("warning", "OTEL_EXPORTER_OTLP_ENDPOINT is not set; traces are not exported")
    ]


# --- logs


def test_the_line_of_a_request(world: World, log_lines: Callable[[], list[dict[str, Any]]]) -> None:
    world.call(
        "POST",
        "/memories",
        json={"user_id": "zoe", "text": "private words"},
        headers={"traceparent": TRACEPARENT, "X-Correlation-ID": "c-1"},
    )
    (line,) = log_lines()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", line.pop("timestamp"))
    assert re.fullmatch(r"[0-9a-f]{16}", line.pop("span_id"))
    assert 0 <= line.pop("duration_seconds") < 5
    assert line == {
        "level": "info",
        "service": "memory-service",
        "logger": "memory_service.request",
        "message": "request",
        "correlation_id": "c-1",
        "trace_id": TRACE_ID,
        "method": "POST",
        "route": "/memories",
        "status": 201,
    }


def test_every_line_of_a_failed_request_is_joined(world: World, log_lines: Callable[[], list[dict[str, Any]]]) -> None:
    world.store.bug = RuntimeError("private words\nand a second line")
    response = world.call("GET", f"/memories/{uuid4()}", headers={"X-Correlation-ID": "c-2"})
    assert response.status_code == 500
    assert response.json() == {"detail": "internal error", "correlation_id": "c-2"}
    assert response.headers["X-Correlation-ID"] == "c-2"
    failed, request = log_lines()
    assert (failed["message"], failed["exception_type"]) == ("the request failed", "RuntimeError")
    assert "get_memory" in failed["exception_stack"]
    assert "private" not in json.dumps([failed, request])
    assert (request["level"], request["status"]) == ("error", 500)
    for line in (failed, request):
        assert (line["correlation_id"], line["route"]) == ("c-2", "/memories/{id}")
        assert line["trace_id"] == failed["trace_id"]
    (span,) = world.exporter.get_finished_spans()
    assert span.status.status_code.name == "ERROR"
    assert [event.name for event in span.events] == ["exception"]


def test_a_lost_database_is_named_in_a_line_of_the_request(
    world: World, log_lines: Callable[[], list[dict[str, Any]]]
) -> None:
    world.store.down = True
    world.call("GET", f"/memories/{uuid4()}", headers={"X-Correlation-ID": "c-3"})
    warning, request = log_lines()
    assert (warning["level"], warning["message"]) == ("warning", "the database did not answer")
    assert warning["reason"] == "ConnectionRefusedError: nobody there"
    assert warning["correlation_id"] == request["correlation_id"] == "c-3"
    assert (request["level"], request["status"]) == ("error", 503)


def test_a_message_stays_on_one_line() -> None:
    record = logging.LogRecord("x", logging.INFO, __file__, 1, "a\nb\u2028c %s", ('"d"',), None)
    text = JsonFormatter("s").format(record)
    assert len(text.splitlines()) == 1
    assert json.loads(text)["message"] == 'a\nb\u2028c "d"'
    assert "correlation_id" not in json.loads(text)


# --- faults


@pytest.mark.parametrize("fault", ["error", "slow", "slow-database"])
def test_faults_are_ignored_unless_allowed(world: World, fault: str) -> None:
    memory_id = world.create()
    assert world.call("GET", f"/memories/{memory_id}", headers={"X-Demo-Fault": fault}).status_code == 200
    assert world.store.held == []


def test_faults_when_allowed() -> None:
    world = World(settings(demo_faults=True, demo_slow_seconds=0.05))
    memory_id = world.create()

    def get(fault: str) -> httpx.Response:
        return world.call("GET", f"/memories/{memory_id}", headers={"X-Demo-Fault": fault})

    response = get("error")
    assert (response.status_code, response.json()) == (500, {"detail": "injected fault"})
    assert get("unheard-of").status_code == 200
    before = world.sample("http_request_duration_seconds_sum", method="GET", route="/memories/{id}") or 0
    assert get("slow").status_code == 200
    after = world.sample("http_request_duration_seconds_sum", method="GET", route="/memories/{id}") or 0
    assert after - before >= 0.05
    assert get("slow-database").status_code == 200
    assert world.store.held == [0.05]
    health = world.call("GET", "/health", headers={"X-Demo-Fault": "error"})
    assert health.status_code == 200, "drills do not touch the probes"


# --- settings


Environ = Callable[[dict[str, str]], None]


@pytest.fixture
def environ(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Environ:
    """Sets variables; those of the least environment are set already."""
    (tmp_path / "db").write_text("pa ss'word\n", encoding="utf-8")

    def change(variables: dict[str, str]) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    change(
        {
            "DATABASE_HOST": "db",
            "DATABASE_NAME": "memory",
            "DATABASE_USER": "memory",
            "DATABASE_PASSWORD_FILE": str(tmp_path / "db"),
            "REDIS_HOST": "cache",
        }
    )
    return change


def test_the_least_environment(environ: Environ) -> None:
    read = read_settings(Settings)
    assert (read.database_host, read.database_name, read.database_user) == ("db", "memory", "memory")
    assert (read.redis_host, read.database_password, read.redis_password) == ("cache", "pa ss'word", None)
    assert (read.port, read.database_port, read.redis_port, read.cache_ttl_seconds) == (8000, 5432, 6379, 60)
    assert (read.log_level, read.demo_faults, read.demo_slow_seconds) == ("info", False, 3.0)
    assert "pa ss" not in repr(read)


def test_a_full_environment(environ: Environ, tmp_path: Path) -> None:
    (tmp_path / "redis").write_text("other", encoding="utf-8")
    environ(
        {
            "REDIS_PASSWORD_FILE": str(tmp_path / "redis"),
            "PORT": "9000",
            "LOG_LEVEL": "WARNING",
            "DEMO_FAULTS": "on",
            "DEMO_SLOW_SECONDS": "0.5",
            "CACHE_TTL_SECONDS": "",
        }
    )
    read = read_settings(Settings)
    assert (read.redis_password, read.port, read.log_level) == ("other", 9000, "warning")
    assert (read.demo_faults, read.demo_slow_seconds, read.cache_ttl_seconds) == (True, 0.5, 60)


def test_all_mistakes_are_named_at_once(environ: Environ, tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n", encoding="utf-8")
    environ(
        {
            "DATABASE_HOST": "",
            "DATABASE_PORT": "70000",
            "DATABASE_NAME": " ",
            "DATABASE_USER": "",
            "DATABASE_PASSWORD": "secret-word",
            "DATABASE_PASSWORD_FILE": "/nowhere/db",
            "REDIS_PORT": "six",
            "REDIS_PASSWORD_FILE": str(tmp_path / "empty"),
            "LOG_LEVEL": "loud",
            "DEMO_FAULTS": "maybe",
            "DEMO_SLOW_SECONDS": "nan",
        }
    )
    with pytest.raises(SettingsError) as caught:
        read_settings(Settings)
    assert str(caught.value) == "\n".join(
        [
            "the environment has 11 mistakes:",
            "- DATABASE_PASSWORD: passwords are read from files only; give the path in DATABASE_PASSWORD_FILE",
            "- DATABASE_HOST: is not set; give the host name of PostgreSQL",
            "- DATABASE_PORT: '70000' is not a whole number from 1 to 65535",
            "- DATABASE_NAME: ' ' is not the name of the database",
            "- DATABASE_USER: is not set; give the database role to log in as",
            "- DATABASE_PASSWORD_FILE: cannot read '/nowhere/db': No such file or directory",
            "- REDIS_PORT: 'six' is not a whole number from 1 to 65535",
            f"- REDIS_PASSWORD_FILE: '{tmp_path / 'empty'}' is empty",
            "- LOG_LEVEL: 'loud' is not one of debug, info, warning, error",
            "- DEMO_FAULTS: 'maybe' is not on or off",
            "- DEMO_SLOW_SECONDS: 'nan' is not a number from 0 to 60",
        ]
    )


def test_a_password_in_the_environment_is_refused_even_when_all_else_is_right(environ: Environ) -> None:
    environ({"REDIS_PASSWORD": "secret-word"})
    with pytest.raises(SettingsError) as caught:
        read_settings(Settings)
    assert caught.value.mistakes == (
        "REDIS_PASSWORD: passwords are read from files only; give the path in REDIS_PASSWORD_FILE",
    )


def test_a_password_file_that_is_no_text_is_a_mistake(environ: Environ, tmp_path: Path) -> None:
    (tmp_path / "db").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError) as caught:
        read_settings(Settings)
    assert caught.value.mistakes == (f"DATABASE_PASSWORD_FILE: cannot read '{tmp_path / 'db'}': it is not UTF-8 text",)


def test_one_mistake_reads_as_one(environ: Environ) -> None:
    environ({"PORT": "0"})
    with pytest.raises(SettingsError) as caught:
        read_settings(Settings)
    assert str(caught.value) == ("the environment has 1 mistake:\n- PORT: '0' is not a whole number from 1 to 65535")


def test_traffic_settings(environ: Environ) -> None:
    environ({"TARGET_URL": "http://api:8000"})
    assert read_settings(TrafficSettings) == TrafficSettings(target_url=HttpUrl("http://api:8000"))
    environ({"ERROR_SHARE": "0.7", "SLOW_SHARE": "0.2", "SLOW_DATABASE_SHARE": "0.1"})
    assert read_settings(TrafficSettings).slow_database_share == 0.1
    environ({"TARGET_URL": "api:8000", "REQUESTS_PER_SECOND": "0", "SLOW_SHARE": "0.5"})
    with pytest.raises(SettingsError) as caught:
        read_settings(TrafficSettings)
    assert str(caught.value) == "\n".join(
        [
            "the environment has 3 mistakes:",
            "- TARGET_URL: 'api:8000' is not the http or https address of the memory API,"
            " such as http://memory-service:8000",
            "- REQUESTS_PER_SECOND: '0' is not a number from 0.01 to 1000",
            "- SLOW_DATABASE_SHARE: with ERROR_SHARE and SLOW_SHARE it makes 1.3; the sum is at most 1",
        ]
    )


# --- traffic


def dice(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - the point is that it repeats itself


def planned(seed: int, count: int, **shares: float) -> list[traffic.Step]:
    planner = traffic.Planner(dice(seed), **shares)
    for number in range(50):
        planner.learn(f"memory-{number}")
    return [planner.next_step() for _ in range(count)]


def test_the_same_seed_makes_the_same_traffic() -> None:
    assert planned(7, 500, error_share=0.1) == planned(7, 500, error_share=0.1)
    assert planned(7, 500) != planned(8, 500)


def test_the_mix_and_the_shares() -> None:
    steps = planned(1, 20_000, error_share=0.05, slow_share=0.02, slow_database_share=0.01)
    faults = Counter(step.fault for step in steps)
    assert faults["error"] / len(steps) == pytest.approx(0.05, abs=0.005)
    assert faults["slow"] / len(steps) == pytest.approx(0.02, abs=0.005)
    assert faults["slow-database"] / len(steps) == pytest.approx(0.01, abs=0.005)
    operations = Counter(step.operation for step in steps)
    for operation, share in traffic.MIX.items():
        assert operations[operation] / len(steps) == pytest.approx(share / 100, abs=0.02)
    assert {step.fault for step in planned(1, 1000)} == {None}
    assert {step.fault for step in planned(1, 1000, error_share=1.0)} == {"error"}


def test_memories_are_known_bounded_and_forgotten() -> None:
    planner = traffic.Planner(dice(1))
    assert {planner.next_step().operation for _ in range(200)} == {"create", "search"}, "nothing to get yet"
    for number in range(traffic.KNOWN_MAX + 10):
        planner.learn(str(number))
    assert planner.known == traffic.KNOWN_MAX
    assert "create" not in {planner.next_step().operation for _ in range(200)}, "full: a create deletes"
    for number in range(traffic.KNOWN_MAX):
        planner.forget(str(number))
        planner.forget(str(number))
    assert planner.known == 0
    planner.learn("3")
    assert planner.known == 0, "an outdated search result does not bring a deleted memory back"


def test_the_pause_doubles_up_to_its_limit() -> None:
    backoff = traffic.Backoff()
    assert [backoff.failed() for _ in range(7)] == [1, 2, 4, 8, 10, 10, 10]
    backoff.succeeded()
    assert backoff.failed() == 1


@pytest.mark.parametrize(
    ("operation", "fault", "status", "fine"),
    [
        ("search", None, 200, True),
        ("search", None, 500, False),
        ("search", "error", 500, True),
        ("search", "error", 503, False),
        ("search", "slow", 500, False),
        ("search", None, 404, False),
        ("get", None, 404, True),
        ("create", None, 422, False),
        ("create", None, None, False),
    ],
)
def test_which_outcome_is_expected(operation: str, fault: str | None, status: int | None, fine: bool) -> None:
    memory_id = "m" if operation == "get" else None
    step = traffic.Step(operation, "zoe", "tea", memory_id, fault)  # type: ignore[arg-type]
    assert traffic.expected(step, None if status is None else httpx.Response(status)) is fine


def test_traffic_and_service_count_the_same_and_share_their_traces(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(settings(demo_faults=True))
    metrics = traffic.TrafficMetrics()
    chosen = TrafficSettings(
        target_url=HttpUrl("http://memory"), requests_per_second=400, error_share=0.1, duration_seconds=0.5
    )

    async def run(loop: VirtualTimeLoop) -> None:
        monkeypatch.setattr(traffic, "monotonic", loop.time)
        async with client(world.app) as http:
            planner = traffic.Planner(dice(3), chosen.error_share)
            sender = traffic.Sender(http, planner, metrics, world.provider)
            await traffic.Generator(chosen, planner, sender).run()
            assert sender.unexpected == 0

    run_in_virtual_time(run)
    sent: Counter[str] = Counter()
    for family in metrics.registry.collect():
        for sample in family.samples:
            if sample.name == "traffic_requests_total":
                sent[sample.labels["status"]] += int(sample.value)
    answered: Counter[str] = Counter()
    for family in world.app.state.service.metrics.registry.collect():
        for sample in family.samples:
            if sample.name == "http_requests_total":
                answered[sample.labels["status"]] += int(sample.value)
    assert sent == answered
    assert sent["500"] > 0
    assert sum(sent.values()) == 200, "400 a second for half a second"
    spans = world.exporter.get_finished_spans()
    clients = {span.context.span_id: span for span in spans if span.kind.name == "CLIENT"}
    # Not all of kind SERVER: in one process the caller's span is the current one, so they count as internal.
    servers = [span for span in spans if span.kind.name != "CLIENT"]
    assert len(clients) == len(servers) == sum(sent.values())
    for span in servers:
        assert span.parent is not None
        caller = clients[span.parent.span_id]
        assert span.attributes is not None
        assert caller.attributes is not None
        assert span.attributes["correlation.id"] == caller.attributes["correlation.id"]


def test_a_dead_target_is_left_alone_and_the_stop_is_prompt(
    log_lines: Callable[[], list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    metrics = traffic.TrafficMetrics()
    chosen = TrafficSettings(target_url=HttpUrl("http://memory"), requests_per_second=100)

    async def run(loop: VirtualTimeLoop) -> float:
        monkeypatch.setattr(traffic, "monotonic", loop.time)
        async with httpx.AsyncClient(transport=httpx.MockTransport(refuse), base_url="http://memory") as http:
            planner = traffic.Planner(dice(3))
            generator = traffic.Generator(chosen, planner, traffic.Sender(http, planner, metrics, TracerProvider()))
            task = asyncio.create_task(generator.run())
            await asyncio.sleep(20)
            generator.stop()
            await task
            return loop.time()

    assert run_in_virtual_time(run) == pytest.approx(20), "the stop waits for no pause"
    failures = [line for line in log_lines() if line["message"] == "unexpected failure"]
    assert len(failures) == 5, "after pauses of 1, 2, 4 and 8 seconds"
    assert {(line["status"], line["reason"]) for line in failures} == {("none", "ConnectError")}
    assert log_lines()[-1]["by_status"] == {"none": len(failures)}


# --- what surrounds the code


def test_what_the_program_imports_is_pinned() -> None:
    def names(file: str) -> set[str]:
        lines = (EXAMPLE / file).read_text(encoding="utf-8").splitlines()
        return {line.split("==")[0] for line in lines if line and not line.lstrip().startswith(("#", "--"))}

    assert names("requirements.in") <= names("requirements.txt")


def test_the_role_script_is_executable_posix_and_refuses_to_run_without_a_password(tmp_path: Path) -> None:
    script = EXAMPLE / "database" / "10-monitor-role.sh"
    assert script.stat().st_mode & 0o111
    missing = tmp_path / "missing"
    done = subprocess.run(
        ["/bin/sh", str(script)],
        env={"PATH": "/usr/bin:/bin", "MONITOR_PASSWORD_FILE": str(missing)},
        capture_output=True,
        text=True,
        check=False,
        timeout=10,
    )
    assert done.returncode == 1
    assert done.stderr == f"10-monitor-role.sh: {missing} is missing, empty or not readable\n"

"""The demo workload: a FastAPI service on PostgreSQL and Redis, with traffic, and a receiver of alerts.

See `examples/memory_service`.
"""

from __future__ import annotations

from pathlib import Path

from catalog.plan import MonitoringPlan
from components.base import Component
from components.endpoints import ALERTMANAGER, BLACKBOX_EXPORTER, GATEWAY_OTLP_HTTP, PROMETHEUS, Endpoint
from settings.secrets import SecretFile, SecretRef, secret_path
from settings.types import figure
from workloads.workload import ConfigDirectory, ExecProbe, HttpProbe, Limits, Metrics, Volume, Workload

_EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "memory_service"
_DATABASE_USER = 999
_APP_USER = 10001

DATABASE = "memory-db"
CACHE = "memory-cache"
API = "memory-api"
TRAFFIC = "memory-traffic"
RECORDER = "recorder"
WRITES_LOGS = (API, TRAFFIC)
"""The programs that write structured logs with a correlation ID."""
_DATABASE_SERVER = Endpoint(DATABASE, 5432, "postgres")
CACHE_SERVER = Endpoint(CACHE, 6379, "redis")
API_SERVER = Endpoint(API, 8000, reach="applications")
_TRAFFIC_SERVER = Endpoint(TRAFFIC, 8001)
RECORDER_SERVER = Endpoint(RECORDER, 8002)
"""Where fire drills ask what Alertmanager delivered."""
DEMO_ENDPOINTS = (_DATABASE_SERVER, CACHE_SERVER, API_SERVER, _TRAFFIC_SERVER, RECORDER_SERVER)
_DATABASE_PASSWORD = "memoryDbPassword"
_MONITOR_PASSWORD = "memoryDbMonitorPassword"
_CACHE_PASSWORD = "memoryCachePassword"
DEMO_SECRETS = frozenset({_DATABASE_PASSWORD, _MONITOR_PASSWORD, _CACHE_PASSWORD})
"""Passwords of its databases: made when nobody set them, because the stack also makes the databases."""


class Demo(Component):
    """One program of the demo."""

    type_token = "monitoring:components:Demo"


def demo_workloads(plan: MonitoringPlan) -> list[Workload]:
    """The demo's five programs, or none when it is not enabled."""
    if not plan.settings.demo.enabled:
        return []
    return [_database(), _cache(), _api(), _traffic(plan), _recorder()]


def _database() -> Workload:
    return Workload(
        name=DATABASE,
        image="postgres",
        user=_DATABASE_USER,
        args=("postgres", "-c", "shared_preload_libraries=pg_stat_statements"),
        env={
            "POSTGRES_USER": "memory",
            "POSTGRES_DB": "memory",
            "POSTGRES_PASSWORD_FILE": secret_path("password"),
            # Below the volume's root, which may hold lost+found: PostgreSQL refuses a directory that is not empty.
            "PGDATA": "/var/lib/postgresql/data/pgdata",
        },
        config=ConfigDirectory(
            "/docker-entrypoint-initdb.d",
            {path.name: path.read_text(encoding="utf-8") for path in sorted((_EXAMPLE / "database").glob("*.sh"))},
            # Read once, when the data directory is empty.
            reload="watched",
        ),
        secrets={
            "password": SecretFile.of(_DATABASE_PASSWORD),
            "monitor-password": SecretFile.of(_MONITOR_PASSWORD),
        },
        first_start_secrets=dict.fromkeys((_DATABASE_PASSWORD, _MONITOR_PASSWORD), "the demo's database"),
        ports=(_DATABASE_SERVER.listener,),
        volumes=(Volume(f"{DATABASE}-data", "/var/lib/postgresql/data", "5Gi"),),
        tmpfs=("/tmp", "/var/run/postgresql"),
        probe=ExecProbe(("pg_isready", "--host=127.0.0.1", "--username=memory", "--dbname=memory")),
        limits=Limits(cpus=1, memory_mebibytes=512),
        clients=(API, f"postgres-exporter-{DATABASE}"),
        start_seconds=90,
        stop_seconds=60,
    )


def _cache() -> Workload:
    return Workload(
        name=CACHE,
        image="redis",
        user=_DATABASE_USER,
        args=(secret_path("redis.conf"),),
        # The server reads its password from its configuration, which therefore is a secret file as a whole.
        secrets={
            "redis.conf": SecretFile(
                (
                    "bind 0.0.0.0\ndir /data\nappendonly yes\nmaxmemory 128mb\nmaxmemory-policy allkeys-lru\n",
                    *('requirepass "', SecretRef(_CACHE_PASSWORD), '"\n'),
                )
            ),
        },
        ports=(CACHE_SERVER.listener,),
        volumes=(Volume(f"{CACHE}-data", "/data", "1Gi"),),
        # Answers an error without a password, which is an answer: the server is up.
        probe=ExecProbe(("redis-cli", "-h", "127.0.0.1", "ping")),
        limits=Limits(cpus=0.5, memory_mebibytes=256),
        clients=(API, f"redis-exporter-{CACHE}"),
    )


def _api() -> Workload:
    return Workload(
        name=API,
        image="demo",
        user=_APP_USER,
        args=("memory_service",),
        env={
            "DATABASE_HOST": DATABASE,
            "DATABASE_PORT": str(_DATABASE_SERVER.port),
            "DATABASE_NAME": "memory",
            "DATABASE_USER": "memory",
            "DATABASE_PASSWORD_FILE": secret_path("database-password"),
            "REDIS_HOST": CACHE,
            "REDIS_PORT": str(CACHE_SERVER.port),
            "REDIS_PASSWORD_FILE": secret_path("cache-password"),
            "OTEL_EXPORTER_OTLP_ENDPOINT": GATEWAY_OTLP_HTTP.url,
            "OTEL_SERVICE_NAME": API,
            "DEMO_FAULTS": "on",
        },
        secrets={
            "database-password": SecretFile.of(_DATABASE_PASSWORD),
            "cache-password": SecretFile.of(_CACHE_PASSWORD),
        },
        ports=(API_SERVER.listener,),
        tmpfs=("/tmp",),
        probe=HttpProbe(API_SERVER.port, "/health/readiness"),
        limits=Limits(cpus=1, memory_mebibytes=256),
        after=(DATABASE, CACHE, GATEWAY_OTLP_HTTP.workload),
        clients=(TRAFFIC, PROMETHEUS.workload, BLACKBOX_EXPORTER.workload),
    )


def _traffic(plan: MonitoringPlan) -> Workload:
    demo = plan.settings.demo
    return Workload(
        name=TRAFFIC,
        image="demo",
        user=_APP_USER,
        args=("memory_service.traffic",),
        env={
            "TARGET_URL": API_SERVER.url,
            "REQUESTS_PER_SECOND": figure(demo.requests_per_second),
            "ERROR_SHARE": figure(demo.error_share),
            "OTEL_EXPORTER_OTLP_ENDPOINT": GATEWAY_OTLP_HTTP.url,
            "OTEL_SERVICE_NAME": TRAFFIC,
        },
        ports=(_TRAFFIC_SERVER.listener,),
        tmpfs=("/tmp",),
        probe=HttpProbe(_TRAFFIC_SERVER.port, "/metrics"),
        limits=Limits(cpus=0.5, memory_mebibytes=128),
        metrics={TRAFFIC: Metrics(_TRAFFIC_SERVER.port)},
        after=(API,),
        clients=(PROMETHEUS.workload,),
    )


def _recorder() -> Workload:
    return Workload(
        name=RECORDER,
        image="demo",
        user=_APP_USER,
        args=("memory_service.recorder",),
        env={"PORT": str(RECORDER_SERVER.port), "OTEL_SERVICE_NAME": RECORDER},
        ports=(RECORDER_SERVER.listener,),
        tmpfs=("/tmp",),
        probe=HttpProbe(RECORDER_SERVER.port, "/health/liveness"),
        limits=Limits(cpus=0.5, memory_mebibytes=128),
        clients=(ALERTMANAGER.workload,),
    )

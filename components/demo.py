"""The demo workload: a FastAPI service on PostgreSQL and Redis, with traffic. See `examples/memory_service`."""

from __future__ import annotations

from pathlib import Path

from catalog.plan import MonitoringPlan
from components.base import Component
from components.collector_gateway import HTTP_PORT
from runtimes.workload import ConfigDirectory, ExecProbe, HttpProbe, Limits, Metrics, Port, Volume, Workload
from settings.secrets import SecretFile

_EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "memory_service"
_DATABASE_USER = 999
_APP_USER = 10001
_TRAFFIC_PORT = 8001
_OTLP = f"http://collector-gateway:{HTTP_PORT}"


class Demo(Component):
    """One program of the demo."""

    type_token = "monitoring:components:Demo"


def demo_workloads(plan: MonitoringPlan) -> list[Workload]:
    """The demo's four programs, or none when it is not enabled."""
    if not plan.settings.demo.enabled:
        return []
    return [_database(), _cache(), _api(plan), _traffic(plan)]


def _database() -> Workload:
    return Workload(
        name="memory-db",
        image="postgres",
        user=_DATABASE_USER,
        args=("postgres", "-c", "shared_preload_libraries=pg_stat_statements"),
        env={
            "POSTGRES_USER": "memory",
            "POSTGRES_DB": "memory",
            "POSTGRES_PASSWORD_FILE": "/run/secrets/password",
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
            "password": SecretFile.of("memoryDbPassword"),
            "monitor-password": SecretFile.of("memoryDbMonitorPassword"),
        },
        ports=(Port("postgres", 5432),),
        volumes=(Volume("memory-db-data", "/var/lib/postgresql/data", "5Gi"),),
        tmpfs=("/tmp", "/var/run/postgresql"),
        probe=ExecProbe(("pg_isready", "--host=127.0.0.1", "--username=memory", "--dbname=memory")),
        limits=Limits(cpus=1, memory_mebibytes=512),
        clients=("memory-api", "postgres-exporter-memory-db"),
        start_seconds=90,
        stop_seconds=60,
    )


def _cache() -> Workload:
    return Workload(
        name="memory-cache",
        image="redis",
        user=_DATABASE_USER,
        args=("/run/secrets/redis.conf",),
        # The server reads its password from its configuration, which therefore is a secret file as a whole.
        secrets={
            "redis.conf": SecretFile(
                (
                    "bind 0.0.0.0\ndir /data\nappendonly yes\nmaxmemory 128mb\nmaxmemory-policy allkeys-lru\n",
                    *('requirepass "', SecretFile.of("memoryCachePassword").parts[0], '"\n'),
                )
            ),
        },
        ports=(Port("redis", 6379),),
        volumes=(Volume("memory-cache-data", "/data", "1Gi"),),
        # Answers an error without a password, which is an answer: the server is up.
        probe=ExecProbe(("redis-cli", "-h", "127.0.0.1", "ping")),
        limits=Limits(cpus=0.5, memory_mebibytes=256),
        clients=("memory-api", "redis-exporter-memory-cache"),
    )


def _api(plan: MonitoringPlan) -> Workload:
    return Workload(
        name="memory-api",
        image="demo",
        user=_APP_USER,
        args=("memory_service",),
        env={
            "DATABASE_HOST": "memory-db",
            "DATABASE_PORT": "5432",
            "DATABASE_NAME": "memory",
            "DATABASE_USER": "memory",
            "DATABASE_PASSWORD_FILE": "/run/secrets/database-password",
            "REDIS_HOST": "memory-cache",
            "REDIS_PORT": "6379",
            "REDIS_PASSWORD_FILE": "/run/secrets/cache-password",
            "OTEL_EXPORTER_OTLP_ENDPOINT": _OTLP,
            "OTEL_SERVICE_NAME": "memory-api",
            "DEMO_FAULTS": "on",
        },
        secrets={
            "database-password": SecretFile.of("memoryDbPassword"),
            "cache-password": SecretFile.of("memoryCachePassword"),
        },
        ports=(Port("http", 8000, plan.settings.docker.ports.memory_api),),
        tmpfs=("/tmp",),
        probe=HttpProbe(8000, "/health/readiness"),
        limits=Limits(cpus=1, memory_mebibytes=256),
        after=("memory-db", "memory-cache", "collector-gateway"),
        clients=("memory-traffic", "prometheus", "blackbox-exporter"),
    )


def _traffic(plan: MonitoringPlan) -> Workload:
    demo = plan.settings.demo
    return Workload(
        name="memory-traffic",
        image="demo",
        user=_APP_USER,
        args=("memory_service.traffic",),
        env={
            "TARGET_URL": "http://memory-api:8000",
            "REQUESTS_PER_SECOND": f"{demo.requests_per_second:g}",
            "ERROR_SHARE": f"{demo.error_share:g}",
            "OTEL_EXPORTER_OTLP_ENDPOINT": _OTLP,
            "OTEL_SERVICE_NAME": "memory-traffic",
        },
        ports=(Port("http", _TRAFFIC_PORT),),
        tmpfs=("/tmp",),
        probe=HttpProbe(_TRAFFIC_PORT, "/metrics"),
        limits=Limits(cpus=0.5, memory_mebibytes=128),
        metrics={"memory-traffic": Metrics(_TRAFFIC_PORT)},
        after=("memory-api",),
        clients=("prometheus",),
    )

"""A made-up stack on Docker for verification: everything works, until a test breaks a part of it."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import httpx
import yaml

from components.endpoints import GuardedEndpoint
from components.names import endpoints
from operations.verify.checks import all_checks
from operations.verify.declared import Declared, read_declared
from operations.verify.live import Live
from operations.verify.rows import Check, Row
from operations.verify.waiting import settled
from runtimes.docker.health import DockerHealth
from runtimes.docker.names import public_port
from runtimes.docker.settings import docker_settings
from settings.service import Service
from tests.fakes import FakeContainer, FakeDaemon
from tests.stacks import stack_file

NOW = time.time()
PREFIX = "monitoring-test"
PASSWORD = "correct-horse"
SERVICES = [
    {"name": "memory-api", "kind": "fastapi", "target": "memory-api:8000"},
    {
        "name": "memory-db",
        "kind": "postgres",
        "target": "memory-db:5432",
        "password": "memoryDbMonitorPassword",
    },
    {"name": "memory-uptime", "kind": "probe", "target": "memory-api:8000", "path": "/health/readiness"},
]


_SPANS = {
    "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "memory-api"}}]},
    "scopeSpans": [{"spans": [{}, {}]}],
}


class Silent:
    """A progress that shows nothing."""

    def __enter__(self) -> Silent:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def asking(self, name: str) -> None:
        pass

    def waiting(self, rows: Sequence[Row], seconds_left: float) -> None:
        pass


@dataclass
class World:
    """A stack in which everything works, until a test changes something."""

    declared: Declared
    containers: dict[str, dict[str, Any]] = field(default_factory=dict)
    targets: list[dict[str, Any]] = field(default_factory=list)
    groups: list[dict[str, Any]] = field(default_factory=list)
    unmeasurable: dict[str, dict[str, str]] = field(default_factory=dict)
    services_down: list[str] = field(default_factory=list)
    # By service: when service:up was recorded, if not five seconds ago.
    judged: dict[str, float] = field(default_factory=dict)
    fires: list[dict[str, Any]] = field(default_factory=list)
    # How many replicas the first Alertmanager knows, and what it says of them.
    cluster: tuple[int, str] = (3, "ready")
    routed: list[str] = field(default_factory=lambda: ["active"])
    pages: dict[str, str] = field(default_factory=dict)
    spans: list[float] = field(default_factory=lambda: [150.0])
    traces: list[str] = field(default_factory=lambda: ["abc123"])
    # By service: seconds of age and further fields of the newest line.
    lines: dict[str, tuple[float, dict[str, str]]] = field(default_factory=dict)
    # By port: the status of an answer, without and with the password.
    logins: dict[int, tuple[int, int]] = field(default_factory=dict)
    silent_ports: set[int] = field(default_factory=set)
    # What stands in queries of dashboards that are answered with nothing, with an error, or with nothing any more.
    without_data: set[str] = field(default_factory=set)
    refused_queries: set[str] = field(default_factory=set)
    stopped: set[str] = field(default_factory=set)
    # For how many seconds Prometheus has had samples.
    age: float = 86_400

    def live(self, http: httpx.Client) -> Live:
        settings = docker_settings(self.declared.settings)
        directory = settings.stack_directory("test")
        health = DockerHealth("test", directory, settings.published(), self.docker, http)
        return Live(self.declared, health, http)

    @property
    def transport(self) -> httpx.MockTransport:
        """What the published programs answer."""
        return httpx.MockTransport(self._published)

    def rows(self) -> list[Row]:
        return self._rows(lambda _check: True)

    def row(self, name: str) -> Row:
        """That of a name; nothing else is asked."""
        return next(row for row in self._rows(lambda check: name in check.names) if row.name == name)

    def _rows(self, wanted: Callable[[Check], bool]) -> list[Row]:
        with httpx.Client(transport=self.transport) as http:
            return settled([check for check in all_checks(self.live(http)) if wanted(check)], 0, Silent())

    def failures(self) -> dict[str, str]:
        return {row.name: row.detail for row in self.rows() if row.status == "failed"}

    @property
    def docker(self) -> Any:
        found = [FakeContainer(name, stack="test", further=attrs) for name, attrs in self.containers.items()]
        return FakeDaemon([*found, FakeContainer("of-another-stack", stack="other")])

    def _published(self, request: httpx.Request) -> httpx.Response:
        port = request.url.port or 0
        if port in self.silent_ports:
            raise httpx.ConnectError("refused", request=request)
        basic = "Basic " + base64.b64encode(f"admin:{PASSWORD}".encode()).decode()
        header = request.headers.get("Authorization")
        without, with_password = self.logins.get(port, (200, 200))
        status = without if header is None else with_password if header == basic else 401
        path, params = request.url.path, request.url.params
        answering, page = self._answers.get(path), self.pages.get(path.removeprefix("/"))
        if status != 200 or (answering is None and page is None):
            return httpx.Response(status)
        if any(part in params.get("query", "") for part in self.refused_queries):
            return httpx.Response(400)
        answer = answering(params) if answering else page
        return httpx.Response(200, text=answer if isinstance(answer, str) else json.dumps(answer))

    @cached_property
    def _answers(self) -> dict[str, Callable[[httpx.QueryParams], Any]]:
        return {
            "/api/v1/targets": lambda _: {"data": {"activeTargets": self.targets}},
            "/api/v1/rules": lambda _: {"data": {"groups": self.groups}},
            "/api/v1/alerts": lambda _: {"data": {"alerts": self.fires}},
            "/api/v1/query": lambda params: _data("vector", self._vector(params["query"])),
            "/api/v1/query_range": lambda params: _data("matrix", self._matrix(params)),
            "/api/v1/query_exemplars": lambda _: {"data": []},
            "/select/logsql/query": lambda params: self._newest(params["query"]),
            "/select/logsql/stats_query": lambda params: self._severities(params["query"]),
            "/api/traces": lambda _: {"data": [{"traceID": trace} for trace in self.traces]},
            "/api/v3/traces/abc123": lambda _: {"result": {"resourceSpans": [_SPANS]}},
            "/api/v2/status": lambda _: {"cluster": {"status": self.cluster[1], "peers": [{}] * self.cluster[0]}},
            "/api/v2/alerts": lambda params: [{"status": {"state": state}} for state in self._states(params)],
        }

    def _newest(self, query: str) -> str:
        found = [(service, *line) for service, line in self.lines.items() if f'"{service}"' in query]
        documents = [
            {"_msg": "text", "_time": at(NOW - age), "service.name": service} | more for service, age, more in found
        ]
        return "\n".join(json.dumps(document) for document in documents)

    def _severities(self, query: str) -> dict[str, Any]:
        found = [service for service in self.lines if f'"{service}"' in query]
        return {"data": {"result": [{"metric": {"severity_text": "info"}, "value": [NOW, "5"]} for _ in found]}}

    def _states(self, params: httpx.QueryParams) -> list[str]:
        assert params["filter"] == 'alertname="Heartbeat"'
        return self.routed

    def _vector(self, query: str) -> list[dict[str, Any]]:
        if query in ("service:up", "timestamp(service:up)"):
            judged = {found.name: NOW - 5 for found in self.declared.settings.services} | self.judged
            up = {name: 0.0 if name in self.services_down else 1.0 for name in judged}
            return [
                {"metric": {"service": name}, "value": [NOW, str(value)]}
                for name, value in (up if query == "service:up" else judged).items()
            ]
        if "highest_bucket" in query or "slo_total" in query:
            found = self.unmeasurable.get("bound" if "slo_total" in query else "limit", {})
            return [{"metric": {"service": name}, "value": [NOW, value]} for name, value in found.items()]
        if 'traces_span_metrics_calls(_total)?", service_name="memory-api"' in query:
            return [{"metric": {}, "value": [NOW, str(value)]} for value in self.spans]
        if query == "min(prometheus_tsdb_lowest_timestamp_seconds)":
            return [{"metric": {}, "value": [NOW, str(NOW - self.age)]}]
        if query.startswith("group by ("):
            return [{"metric": {"service": found.name}, "value": [NOW, "1"]} for found in self._services(query)]
        return [{"metric": {}, "value": [NOW, "1"]}] if self._has(query) else []

    def _matrix(self, params: httpx.QueryParams) -> list[dict[str, Any]]:
        """One line of one point for what has data; of what stopped, only before."""
        query, then = params["query"], float(params["end"])
        stopped = any(part in query for part in self.stopped) and then > NOW - 1
        return [{"metric": {}, "values": [[then, "1"]]}] if self._has(query) and not stopped else []

    def _has(self, query: str) -> bool:
        return not any(part in query for part in self.without_data)

    def _services(self, query: str) -> Sequence[Service]:
        kinds = re.findall(r'kind=~?"([^"]+)"', query)
        return [found for found in self.declared.settings.services if not kinds or found.kind in kinds[0].split("|")]


def _data(kind: str, result: list[dict[str, Any]]) -> dict[str, Any]:
    return {"data": {"resultType": kind, "result": result}}


def container(name: str, ports: dict[int, int]) -> dict[str, Any]:
    """What `docker inspect` tells of a healthy container; `ports`: published port by the port inside."""
    bindings = {f"{inside}/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(port)}] for inside, port in ports.items()}
    return {
        "Name": f"/{PREFIX}-{name}",
        "State": {
            "Status": "running",
            "ExitCode": 0,
            "StartedAt": "2026-11-21T10:00:00.123456789Z",
            "Health": {"Status": "healthy"},
        },
        "HostConfig": {"NetworkMode": PREFIX, "PortBindings": bindings},
        "NetworkSettings": {"Ports": {**bindings, "9/tcp": None}},
    }


def file_of(folder: Path, **sections: Any) -> Path:
    """The made-up stack's file."""
    usual = {"services": SERVICES, "demo": {"enabled": True}, "images": {"source": "built"}}
    # The ports that people know.
    docker = {"port_offset": 0, **sections.pop("docker", {})}
    return stack_file(folder, "test", base=None, docker=docker, **{**usual, **sections})


def declare(directory: Path, **sections: Any) -> Declared:
    """A stack file, and the passwords that a runtime would have written."""
    file = file_of(directory, **sections)
    declared = read_declared("test", file)
    for workload in declared.program.workloads:
        secrets = declared.settings.runtime_section.stack_directory("test") / "secrets" / workload.name
        secrets.mkdir(parents=True)
        for name in workload.secrets:
            (secrets / name).write_text(f"{PASSWORD}\n")
    return declared


def published(declared: Declared) -> dict[str, dict[int, int]]:
    """The published port by the port inside, by workload."""
    settings = docker_settings(declared.settings)
    return {
        workload.name: {port.number: found for port in workload.ports if (found := public_port(port, settings))}
        for workload in declared.program.workloads
    }


def world_of(declared: Declared) -> World:
    world = World(declared)
    world.containers = {name: container(name, ports) for name, ports in published(declared).items()}
    settings = docker_settings(declared.settings)
    guarded = [found for found in endpoints() if isinstance(found, GuardedEndpoint)]
    world.logins = {settings.published()[found.published_as]: (401, 200) for found in guarded}
    world.targets = [target(job["job_name"]) for job in scrape_configs(world)]
    world.groups = [group(path, text) for path, text in rule_files(world).items() if rules_of(text)]
    world.fires = [{"state": "firing", "labels": {"alertname": "Heartbeat"}}]
    runbooks = declared.workload("runbooks")
    assert runbooks and runbooks.config
    world.pages = dict(runbooks.config.files)
    world.lines = {
        "memory-api": (3, {"correlation_id": "0190-api"}),
        "memory-traffic": (4, {"correlation_id": "0190-traffic"}),
        "alert-history": (40, {}),
    }
    return world


def prometheus_files(world: World) -> dict[str, str]:
    prometheus = next(workload for workload in world.declared.program.workloads if workload.name == "prometheus")
    assert prometheus.config
    return dict(prometheus.config.files)


@cache
def parsed(text: str) -> Any:
    return yaml.load(text, yaml.CSafeLoader)


def scrape_configs(world: World) -> list[dict[str, Any]]:
    configs: list[dict[str, Any]] = parsed(prometheus_files(world)["prometheus.yml"])["scrape_configs"]
    return configs


def rule_files(world: World) -> dict[str, str]:
    return {path: text for path, text in prometheus_files(world).items() if path.startswith("rules/")}


def rules_of(text: str) -> list[dict[str, Any]]:
    return [rule for found in parsed(text)["groups"] for rule in found["rules"]]


def target(job: str) -> dict[str, Any]:
    return {
        "scrapePool": job,
        "scrapeUrl": f"http://{job}:1/metrics",
        "scrapeInterval": "15s",
        "lastScrape": at(NOW - 10),
        "health": "up",
        "lastError": "",
        "labels": {"job": job, "instance": f"{job}:1"},
    }


def at(seconds: float) -> str:
    """A time as Docker and Prometheus write it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def group(path: str, text: str) -> dict[str, Any]:
    rules = [
        {"name": rule.get("alert") or rule.get("record"), "health": "ok", "lastError": ""} for rule in rules_of(text)
    ]
    return {"file": f"/etc/prometheus/{path}", "name": "all", "rules": rules}

"""Jaeger: traces, kept by Badger on a volume. Apache-2.0.

Version 2 is an OpenTelemetry Collector with a store and a query service: its configuration is a collector's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from catalog.plan import BasicAuth, MonitoringPlan, RecordingRule
from components.base import Component
from components.datasource import DataSource
from components.endpoints import ADMIN, GATEWAY_OTLP_GRPC, GRAFANA, PROMETHEUS, VIEWER, Endpoint, GuardedEndpoint
from components.senders import store_receiver
from components.shared import memory_limiter, own_telemetry, to_yaml, whole_hours
from components.stores.panel import PanelAnswer, Window
from components.stores.store import (
    LogStore,
    Question,
    StoreExporter,
    Trace,
    TraceStore,
    otlp_exporter,
    span_links,
    trace_of_spans,
)
from dashboards.signals import SourceRef, TraceQuery
from settings.model import StackSettings
from settings.secrets import SecretFile, secret_path
from settings.types import mebibytes
from workloads.workload import ConfigDirectory, HttpProbe, Limits, Metrics, Volume, Workload

# Its API and, where the image has it, its page.
_QUERY = GuardedEndpoint(
    "jaeger",
    16686,
    reach="people",
    login=BasicAuth(ADMIN, "jaegerPassword"),
    guarded_path="/api/services",
)
_OTLP = Endpoint("jaeger", 4317, "otlp-grpc")
_METRICS = Endpoint("jaeger", 8888, "metrics")
_HEALTH = Endpoint("jaeger", 13133, "health")
_UPSTREAM_USER = 10001
_FOLDER = "/badger"
_BACKEND = "traces"


class Jaeger(Component):
    """The trace database."""

    type_token = "monitoring:components:Jaeger"


class JaegerStore(TraceStore):
    """Jaeger as a single program on a volume. Nothing limits its data but their age."""

    name = "jaeger"
    title = "Jaeger"
    default_with = "built"
    # The settings count whole hours.
    shortest_retention = "1h"
    query_paths = "/api/(dependencies|traces|traces/[0-9a-f]+)"
    images = ("jaeger",)
    endpoints = (_QUERY, _OTLP, _METRICS, _HEALTH)
    component = Jaeger
    rules = ("jaeger",)
    tool = "jaeger"
    differs = (
        "Grafana has no service graph of it, and only their age limits how much disk its traces take."
        " Its own page is in upstream's image, not in the one that is built."
    )
    source = SourceRef("jaeger", "jaeger")

    def workloads(self, plan: MonitoringPlan) -> tuple[Workload, ...]:
        """One program."""
        login, settings = _QUERY.login, plan.settings.traces
        return (
            Workload(
                name=_QUERY.workload,
                image="jaeger",
                user=_UPSTREAM_USER,
                args=("--config=/etc/jaeger/jaeger.yaml",),
                config=ConfigDirectory("/etc/jaeger", {"jaeger.yaml": to_yaml(_configuration(plan))}),
                secrets={login.secret: SecretFile.of(login.secret)},
                ports=(_QUERY.listener, _OTLP.listener, _METRICS.listener, _HEALTH.listener),
                volumes=(Volume("jaeger-data", _FOLDER, settings.storage, "traces.storage"),),
                probe=HttpProbe(_HEALTH.port, "/status"),
                limits=Limits(cpus=1, memory_mebibytes=mebibytes(settings.memory)),
                metrics={_QUERY.workload: Metrics(_METRICS.port)},
                clients=(GATEWAY_OTLP_GRPC.workload, GRAFANA.workload, VIEWER.workload, PROMETHEUS.workload),
                # A start after a crash reads the value log again.
                start_seconds=120,
            ),
        )

    def recordings(self, settings: StackSettings) -> tuple[RecordingRule, ...]:
        """The size of its volume, which nothing enforces on Docker."""
        size = mebibytes(settings.traces.storage) * 1024 * 1024
        return (RecordingRule("jaeger:volume:bytes", f"vector({size})", {"service": _QUERY.workload}),)

    def exporter(self) -> StoreExporter:
        """By OTLP over gRPC."""
        return otlp_exporter(_OTLP)

    def data_source(self, logs: LogStore) -> DataSource:
        """With the graph of a trace's spans."""
        options = {**span_links(logs), "nodeGraph": {"enabled": True}}
        return DataSource(self.source, self.title, _QUERY, options=options)

    def explore_query(self, query: TraceQuery) -> Mapping[str, Any]:
        """A search by service."""
        return {"queryType": "search", "refId": "A", "service": query.service}

    def panel_question(self, target: Mapping[str, Any], window: Window) -> Question[PanelAnswer]:
        """Traces of a service, a trace by its ID, or which service called which."""
        match target["queryType"]:
            case "dependencyGraph":
                milliseconds = {
                    "endTs": str(int(window.end * 1000)),
                    "lookback": str(int((window.end - window.start) * 1000)),
                }
                return Question(_QUERY, "/api/dependencies", milliseconds, _found)
            case "search":
                wanted = ("service", "operation", "tags", "minDuration", "maxDuration")
                params = {
                    **{key: str(target[key]) for key in wanted if target.get(key)},
                    "start": _microseconds(window.start),
                    "end": _microseconds(window.end),
                    "limit": str(target.get("limit", 20)),
                }
                return Question(_QUERY, "/api/traces", params, _found)
            case _:
                return Question(_QUERY, f"/api/traces/{target['query']}", {}, _found)

    def newest(self, query: TraceQuery, start: float, end: float) -> Question[str | None]:
        """The first that its search finds, which goes from new to old."""
        params = {"service": query.service, "start": _microseconds(start), "end": _microseconds(end), "limit": "1"}
        return Question(_QUERY, "/api/traces", params, _first_id)

    def trace(self, trace_id: str) -> Question[Trace]:
        """As OTLP in JSON."""
        return Question(_QUERY, f"/api/v3/traces/{trace_id}", {}, _trace_of)


STORE = JaegerStore()


def _configuration(plan: MonitoringPlan) -> dict[str, Any]:
    login = _QUERY.login
    return {
        "extensions": {
            "healthcheckv2": {"use_v2": True, "http": {"endpoint": f"0.0.0.0:{_HEALTH.port}"}},
            "basicauth/query": {
                "htpasswd": {"inline": f"{login.username}:${{file:{secret_path(login.secret)}}}"},
            },
            "jaeger_storage": {
                "backends": {
                    _BACKEND: {
                        "badger": {
                            "directories": {"keys": f"{_FOLDER}/keys", "values": f"{_FOLDER}/values"},
                            "ephemeral": False,
                            "ttl": {"spans": whole_hours(plan.settings.retention.traces)},
                        }
                    }
                }
            },
            "jaeger_query": {
                "storage": {"traces": _BACKEND},
                # Otherwise it keeps spans of its own answers among those of the services.
                "enable_tracing": False,
                "http": {
                    "endpoint": f"0.0.0.0:{_QUERY.port}",
                    "auth": {"authenticator": "basicauth/query"},
                },
                # The same API without a login: for nobody.
                "grpc": {"endpoint": "127.0.0.1:0"},
            },
        },
        "receivers": {"otlp": store_receiver(plan.settings, _OTLP)},
        "processors": {
            "memory_limiter": memory_limiter(),
            "batch": {},
        },
        "exporters": {"jaeger_storage_exporter": {"trace_storage": _BACKEND}},
        "service": {
            "extensions": ["healthcheckv2", "basicauth/query", "jaeger_storage", "jaeger_query"],
            "telemetry": own_telemetry(_METRICS),
            "pipelines": {
                "traces": {
                    "receivers": ["otlp"],
                    "processors": ["memory_limiter", "batch"],
                    "exporters": ["jaeger_storage_exporter"],
                }
            },
        },
    }


def _microseconds(seconds: float) -> str:
    return str(int(seconds * 1e6))


def _found(answer: str) -> PanelAnswer:
    document = json.loads(answer)
    return PanelAnswer(document, len(document["data"] or ()))


def _first_id(answer: str) -> str | None:
    traces = json.loads(answer)["data"]
    return str(traces[0]["traceID"]) if traces else None


def _trace_of(answer: str) -> Trace:
    return trace_of_spans(json.loads(answer)["result"]["resourceSpans"])

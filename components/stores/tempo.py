"""Tempo: traces, and the service graph from its metrics generator. AGPL; upstream's image only."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from catalog.plan import MonitoringPlan
from components.base import Component
from components.datasource import DataSource
from components.endpoints import GATEWAY_OTLP_GRPC, GRAFANA, PROMETHEUS, VIEWER, Endpoint
from components.replicas import prometheuses
from components.senders import largest_batch, store_receiver
from components.shared import basic_auth, to_yaml, whole_hours
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
from dashboards.signals import METRICS_SOURCE, SourceRef, TraceQuery
from settings.secrets import SecretFile
from settings.types import mebibytes
from workloads.workload import ConfigDirectory, HttpProbe, Limits, Metrics, Volume, Workload

_HTTP = Endpoint("tempo", 3200)
_OTLP = Endpoint("tempo", 4317, "otlp-grpc")
_UPSTREAM_USER = 10001
_STOP_SECONDS = 30
_ID_DIGITS = 32
# Its own default.
_RATE_BYTES = 30_000_000


class Tempo(Component):
    """The trace database."""

    type_token = "monitoring:components:Tempo"


class TempoStore(TraceStore):
    """Tempo as a single binary on a volume."""

    name = "tempo"
    title = "Tempo"
    default_with = "registry"
    # It counts whole hours.
    shortest_retention = "1h"
    query_paths = "/api/(search|v2/traces/[0-9a-f]+)"
    images = ("tempo",)
    # Its metrics generator does.
    tells_calls = True
    endpoints = (_HTTP, _OTLP)
    writes_to = (PROMETHEUS.workload,)
    component = Tempo
    rules = ("tempo",)
    source = SourceRef("tempo", "tempo")

    def workloads(self, plan: MonitoringPlan) -> tuple[Workload, ...]:
        """One program."""
        login, settings = PROMETHEUS.login, plan.settings.traces
        return (
            Workload(
                name=_HTTP.workload,
                image="tempo",
                user=_UPSTREAM_USER,
                args=("-config.file=/etc/tempo/tempo.yaml",),
                config=ConfigDirectory("/etc/tempo", {"tempo.yaml": to_yaml(_configuration(plan))}),
                secrets={login.secret: SecretFile.of(login.secret)},
                ports=(_HTTP.listener, _OTLP.listener),
                volumes=(Volume("tempo-data", "/var/tempo", settings.storage, "traces.storage"),),
                tmpfs=("/tmp",),
                probe=HttpProbe(_HTTP.port, "/ready"),
                limits=Limits(cpus=1, memory_mebibytes=mebibytes(settings.memory)),
                metrics={_HTTP.workload: Metrics(_HTTP.port)},
                clients=(GATEWAY_OTLP_GRPC.workload, GRAFANA.workload, VIEWER.workload, PROMETHEUS.workload),
                start_seconds=90,
                stop_seconds=_STOP_SECONDS,
            ),
        )

    def exporter(self) -> StoreExporter:
        """By OTLP over gRPC."""
        return otlp_exporter(_OTLP)

    def data_source(self, logs: LogStore) -> DataSource:
        """With the graph of a trace's spans, and that of services, which its metrics generator writes to Prometheus."""
        options = {
            **span_links(logs),
            "nodeGraph": {"enabled": True},
            "serviceMap": {"datasourceUid": METRICS_SOURCE.uid},
        }
        return DataSource(self.source, self.title, _HTTP, options=options)

    def explore_query(self, query: TraceQuery) -> Mapping[str, Any]:
        """A TraceQL search."""
        return {"queryType": "traceql", "refId": "A", "query": _traceql(query)}

    def panel_question(self, target: Mapping[str, Any], window: Window) -> Question[PanelAnswer]:
        """A TraceQL search."""
        params = {
            "q": str(target["query"]),
            "start": str(int(window.start)),
            "end": str(int(window.end)),
            "limit": str(target.get("limit", 20)),
        }
        return Question(_HTTP, "/api/search", params, _found)

    def newest(self, query: TraceQuery, start: float, end: float) -> Question[str | None]:
        """A search; it ends with the first trace that it finds."""
        params = {"q": _traceql(query), "start": str(int(start)), "end": str(int(end)), "limit": "1"}
        return Question(_HTTP, "/api/search", params, _first_id)

    def trace(self, trace_id: str) -> Question[Trace]:
        """As OTLP in JSON."""
        return Question(_HTTP, f"/api/v2/traces/{trace_id}", {}, _trace_of)


STORE = TempoStore()


def _traceql(query: TraceQuery) -> str:
    return f'{{resource.service.name="{query.service}"}}'


def _found(answer: str) -> PanelAnswer:
    document = json.loads(answer)
    return PanelAnswer(document, len(document.get("traces") or ()))


def _first_id(answer: str) -> str | None:
    traces = json.loads(answer).get("traces") or []
    # It leaves out zeros that an ID begins with.
    return str(traces[0]["traceID"]).zfill(_ID_DIGITS) if traces else None


def _trace_of(answer: str) -> Trace:
    return trace_of_spans(json.loads(answer)["trace"]["resourceSpans"])


def _configuration(plan: MonitoringPlan) -> dict[str, Any]:
    return {
        "server": {"http_listen_port": _HTTP.port, "log_level": "warn"},
        "usage_report": {"reporting_enabled": False},
        "distributor": {"receivers": {"otlp": store_receiver(plan.settings, _OTLP)}},
        "storage": {
            "trace": {
                "backend": "local",
                "local": {"path": "/var/tempo/blocks"},
                "wal": {"path": "/var/tempo/wal"},
            }
        },
        # It waits as long for a job even when there is none: by default as long as the runtime waits before it kills.
        "backend_worker": {"finish_on_shutdown_timeout": f"{_STOP_SECONDS // 3}s"},
        "metrics_generator": {
            "storage": {
                "path": "/var/tempo/generator",
                "remote_write": [
                    {
                        "url": f"{replica.url}/api/v1/write",
                        "send_exemplars": True,
                        "basic_auth": basic_auth(replica.login),
                    }
                    for replica in prometheuses(plan.settings)
                ],
            }
        },
        "overrides": {
            "defaults": {
                # Here and not under the compactor, which Tempo 3 no longer has.
                "compaction": {"block_retention": whole_hours(plan.settings.retention.traces)},
                # A batch larger than the burst would be refused for ever, and the gateway repeats it for ever.
                "ingestion": {
                    "rate_limit_bytes": _RATE_BYTES,
                    "burst_size_bytes": max(_RATE_BYTES, 2 * largest_batch(plan.settings)),
                },
                "metrics_generator": {"processors": ["service-graphs"]},
            }
        },
    }

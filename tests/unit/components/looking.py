"""What the tests of components look at in a deployed stack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from runtimes.capture import CapturedResource
from tests.conftest import Deployment
from workloads.workload import Workload

PASSWORD = "pulumi-python:dynamic/monitoring:GeneratedPassword"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
GRAFANA_PROVIDER = "pulumi:providers:grafana"
BUILT = {"source": "built"}
# Awkward on purpose: what YAML, JSON, a shell or Compose would change if the value were ever pasted into text.
OWN_SECRETS = {"memoryDbMonitorPassword": "set: by #owner 1", "memoryCachePassword": 'set by\n"owner"\\ $2'}

EXISTING_GRAFANA: dict[str, Any] = {
    "url": "https://grafana.example.com",
    "auth": "grafanaToken",
    "sources": {name: f"https://{name}.example.com" for name in ("prometheus", "alertmanager", "loki", "tempo")},
}


def programs(deployment: Deployment) -> Iterator[tuple[Workload, Mapping[str, Any]]]:
    """Every workload with the inputs of its container."""
    for workload in deployment.program.workloads:
        yield workload, deployment.container(workload.name)


def names(deployment: Deployment) -> set[str]:
    return {workload.name for workload in deployment.program.workloads}


def jobs(deployment: Deployment) -> dict[str, Any]:
    found = deployment.document("prometheus", "prometheus.yml")["scrape_configs"]
    assert len({job["job_name"] for job in found}) == len(found)
    return {job["job_name"]: job for job in found}


def content(deployment: Deployment) -> list[CapturedResource]:
    return [found for found in deployment.resources if found.type.startswith("grafana:")]

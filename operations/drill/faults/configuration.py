"""Configuration that programs refuse, or that no longer says what the stack file says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import yaml

from components.endpoints import ALERTMANAGER, BLACKBOX_EXPORTER, GATEWAY_METRICS, PROMETHEUS
from operations.drill.drill import Alert, Drill, Fault
from operations.drill.faults.containers import RECALL, UPTIME, service_down
from operations.drill.world import World
from runtimes.files import replace_file


def changed(workload: str, path: str, change: Callable[[str], str]) -> Fault:
    """Another content of a configuration file, read by SIGHUP; put back and read again afterwards."""

    @contextmanager
    def fault(world: World) -> Iterator[None]:
        file = world.config_file(workload, path)
        before = file.read_text(encoding="utf-8")
        container = world.container(workload)
        try:
            replace_file(file, change(before))
            container.kill(signal="SIGHUP")
            yield
        finally:
            replace_file(file, before)
            container.reload()
            if container.status == "running":
                container.kill(signal="SIGHUP")
            else:
                container.start()

    return fault


def _broken(text: str) -> str:
    return f"{text}\nno_such_section: here\n"


def _without_jobs(*names: str) -> Callable[[str], str]:
    """Prometheus' configuration without some jobs; without any when none is named."""

    def change(text: str) -> str:
        document: dict[str, Any] = yaml.safe_load(text)
        kept = [job for job in document["scrape_configs"] if names and job["job_name"] not in names]
        return yaml.safe_dump({**document, "scrape_configs": kept}, sort_keys=False)

    return change


DRILLS = (
    Drill(
        name="prometheus-configuration",
        fault="Prometheus is given a configuration that it refuses",
        inject=changed(PROMETHEUS.workload, "prometheus.yml", _broken),
        expects=Alert("PrometheusConfigBad", PROMETHEUS.workload),
        receiver="page",
        # Refused for the five minutes that its rule looks back, then for ten more.
        within=1020,
        touches=frozenset({PROMETHEUS.workload}),
        resolves_within=900,
    ),
    Drill(
        name="alertmanager-configuration",
        fault="Alertmanager is given a configuration that it refuses",
        inject=changed(ALERTMANAGER.workload, "alertmanager.yml", _broken),
        expects=Alert("AlertmanagerConfigBad", ALERTMANAGER.workload),
        receiver="page",
        within=1020,
        touches=frozenset({ALERTMANAGER.workload}),
        resolves_within=900,
    ),
    service_down(
        GATEWAY_METRICS.workload,
        "misconfigured",
        changed(GATEWAY_METRICS.workload, "gateway.yaml", _broken),
        also=("span-metrics", ALERTMANAGER.workload),
    ),
    Drill(
        name="job-lost",
        fault="Prometheus' configuration no longer has the job of the probe",
        inject=changed(PROMETHEUS.workload, "prometheus.yml", _without_jobs(UPTIME)),
        expects=Alert("JobMissing", UPTIME),
        receiver="page",
        within=420,
        # Its file is Prometheus' own, which another drill breaks.
        touches=frozenset({UPTIME, PROMETHEUS.workload, RECALL, BLACKBOX_EXPORTER.workload}),
        resolves_within=900,
    ),
    Drill(
        name="ingestion-stopped",
        fault="Prometheus scrapes nothing any more",
        inject=changed(PROMETHEUS.workload, "prometheus.yml", _without_jobs()),
        expects=Alert("PrometheusNotIngesting", PROMETHEUS.workload),
        receiver="page",
        within=480,
        touches=frozenset({PROMETHEUS.workload}),
        alone=True,
        # One page, and not one for each job.
        silent=(Alert("JobMissing", PROMETHEUS.workload),),
        held=480,
        resolves_within=1200,
    ),
)

"""Apache Airflow through statsd_exporter: Airflow pushes, the stack listens (UDP 9125) and is scraped (port 9102)."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from catalog.kind import Kind, exporter_job, service_labels
from catalog.plan import Contribution, Exporter, IngestPort, RecordingRule
from settings.section import Section
from settings.service import Service
from settings.types import DagId, Duration, PortNumber, seconds

_PORT = 9102
_STATSD_PORT = 9125
_MAPPING = Path(__file__).with_name("airflow_statsd.yml")


class CriticalDag(Section):
    """A DAG whose failure and lateness people want to hear of."""

    every: Duration = Field(description="Its schedule's interval: AirflowDagLate counts in these.")


class AirflowService(Service):
    """An Airflow installation: schedulers, DAG processors and workers that all send to one statsd exporter.

    In Airflow's section `[metrics]`: `statsd_on = True`, `statsd_host` and `statsd_port`; the rest as it is by default
    (`statsd_prefix = airflow`, `legacy_names_on = True`, no tags).
    """

    kind: Literal["airflow"]
    statsd_port: PortNumber = Field(
        default=_STATSD_PORT,
        description="UDP port on 127.0.0.1 of the Docker host that Airflow sends to. Containers on a network of the "
        "stack send to port 9125 of the exporter's container instead.",
    )
    critical_dags: dict[DagId, CriticalDag] = Field(
        default_factory=dict, description="DAGs that AirflowDagFailed and AirflowDagLate are about, by their dag_id."
    )

    def udp_ports(self) -> dict[str, int]:
        """The one that statsd_exporter listens on."""
        return {"statsd_port": self.statsd_port}


def _contribute(service: AirflowService) -> Contribution:
    exporter = Exporter(
        name=f"statsd-exporter-{service.name}",
        image="statsd-exporter",
        port=_PORT,
        service=service.name,
        # Airflow's client knows UDP only.
        args=("--statsd.mapping-config=/etc/exporter/statsd.yml", "--statsd.listen-tcp="),
        config={"statsd.yml": _MAPPING.read_text(encoding="utf-8")},
        ingest=(IngestPort("statsd", _STATSD_PORT, service.statsd_port, "udp"),),
        health_path="/-/healthy",
    )
    labels = service_labels(service)
    intervals = tuple(
        RecordingRule(
            "service:airflow_critical_dag:interval_seconds",
            f"vector({seconds(dag.every)})",
            # As Airflow writes it where dots part the names of metrics.
            {**labels, "dag_id": dag_id.replace(".", "__")},
        )
        for dag_id, dag in service.critical_dags.items()
    )
    return Contribution(
        scrape_jobs=(exporter_job(service, exporter),), exporters=(exporter,), recording_rules=intervals
    )


KIND = Kind("airflow", AirflowService, _contribute, ("airflow",), dashboards=("airflow",), python=True)

"""Apache Airflow through statsd_exporter: Airflow pushes, the stack listens (UDP 9125) and is scraped (port 9102)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from textwrap import indent
from types import MappingProxyType
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, field_validator

from catalog.kind import Kind, exporter_job, service_labels
from catalog.plan import Contribution, Exporter, IngestPort, RecordingRule
from settings.errors import shown
from settings.section import EachOnce, Section, mistake
from settings.service import Service
from settings.types import DagId, Duration, PortNumber, seconds

_PORT = 9102
_STATSD_PORT = 9125
_MAPPING = Path(__file__).with_name("airflow_statsd.yml")
# Lines about one DAG, by their mapping there, for a DAG whose id has dots: what is between its parts is a dot too.
_OF_A_DAG: Mapping[str, str] = MappingProxyType(
    {
        "airflow.dagrun.duration.*.*": r"^airflow\.dagrun\.duration\.([^.]+)\.{dag}$",
        "airflow.dagrun.schedule_delay.*": r"^airflow\.dagrun\.schedule_delay\.{dag}$",
        "airflow.ti.start.*.*": r"^airflow\.ti\.start\.{dag}\.(.+)$",
        "airflow.ti.finish.*.*.*": r"^airflow\.ti\.finish\.{dag}\.(.+)\.([^.]+)$",
        "airflow.dag.*.*.duration": r"^airflow\.dag\.{dag}\.(.+)\.duration$",
    }
)


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
    dotted_dags: Annotated[tuple[DagId, ...], EachOnce] = Field(
        default=(),
        description="Other DAGs of Airflow 2 whose ids have dots: it sends them as they are, and only who knows the id "
        "can tell it from the task behind it. Airflow 3 sends two underscores instead.",
    )

    @field_validator("critical_dags")
    @classmethod
    def _ids_that_differ_when_sent(cls, dags: dict[str, CriticalDag]) -> dict[str, CriticalDag]:
        sent = [_sent(dag) for dag in dags]
        if alike := [dag for dag in dags if sent.count(_sent(dag)) > 1]:
            action = "Airflow sends two underscores for a dot: they are one series."
            raise mistake(" and ".join(map(shown, alike)), "ids that differ in more than that", action)
        return dags

    @field_validator("dotted_dags")
    @classmethod
    def _ids_with_dots(cls, dags: tuple[str, ...]) -> tuple[str, ...]:
        for dag in dags:
            if "." not in dag:
                raise mistake(shown(dag), "ids with dots", "Remove it: the other DAGs are known without an entry.")
        return dags

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
        config={"statsd.yml": _mapping((*service.critical_dags, *service.dotted_dags))},
        ingest=(IngestPort("statsd", _STATSD_PORT, service.statsd_port, "udp"),),
        health_path="/-/healthy",
    )
    labels = service_labels(service)
    intervals = tuple(
        RecordingRule(
            "service:airflow_critical_dag:interval_seconds",
            f"vector({seconds(dag.every)})",
            {**labels, "dag_id": _sent(dag_id)},
        )
        for dag_id, dag in service.critical_dags.items()
    )
    return Contribution(
        scrape_jobs=(exporter_job(service, exporter),), exporters=(exporter,), recording_rules=intervals
    )


def _sent(dag_id: str) -> str:
    """As Airflow 3 writes it where dots part the names of metrics."""
    return dag_id.replace(".", "__")


def _mapping(dags: Iterable[str]) -> str:
    """The mapping, with lines in front for those of the DAGs whose ids have dots; longer ids first."""
    text = _MAPPING.read_text(encoding="utf-8")
    dotted = sorted({dag for dag in dags if "." in dag}, key=lambda dag: (-len(dag), dag))
    if not dotted:
        return text
    shipped = {entry["match"]: entry for entry in yaml.load(text, yaml.CSafeLoader)["mappings"]}
    own = [_for_dag(dag, shipped[glob], pattern) for dag in dotted for glob, pattern in _OF_A_DAG.items()]
    lines = yaml.dump(own, Dumper=yaml.CSafeDumper, sort_keys=False, width=10_000)
    before, key, after = text.partition("mappings:\n")
    return f"{before}{key}{indent(lines, '  ')}{after}"


def _for_dag(dag: str, entry: Mapping[str, Any], pattern: str) -> dict[str, Any]:
    found = [label for label in entry["labels"] if label != "dag_id"]
    labels = {"dag_id": _sent(dag), **{label: f"${{{number}}}" for number, label in enumerate(found, start=1)}}
    return {**entry, "match": pattern.format(dag=re.escape(dag)), "match_type": "regex", "labels": labels}


KIND = Kind("airflow", AirflowService, _contribute, ("airflow",), dashboards=("airflow",), python=True)

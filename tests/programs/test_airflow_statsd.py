"""What the real statsd_exporter makes of Airflow's lines with the mapping of a stack."""

from __future__ import annotations

import socket
import subprocess
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from images.build import tool_path
from tests.plans import plan_of
from tests.waiting import free_ports, until

DOTTED = "eu.west.reports.daily.v2.final.x"
DAGS = {"reports.daily": {"every": "1d"}, DOTTED: {"every": "1d"}}
RUNS = "airflow_dag_run_duration_seconds_count"


@contextmanager
def exporter(folder: Path) -> Iterator[tuple[int, int]]:
    """The exporter of an Airflow at work: where it listens, and where its metrics are."""
    plan = plan_of({"name": "pipelines", "kind": "airflow", "critical_dags": DAGS, "dotted_dags": ["a.b"]})
    mapping = folder / "statsd.yml"
    mapping.write_text(plan.exporters[0].config["statsd.yml"], encoding="utf-8")
    statsd, web = free_ports(2)
    arguments = [
        f"--statsd.mapping-config={mapping}",
        "--statsd.listen-udp=",
        f"--statsd.listen-tcp=127.0.0.1:{statsd}",
        f"--web.listen-address=127.0.0.1:{web}",
        "--log.level=error",
    ]
    process = subprocess.Popen([tool_path("statsd_exporter"), *arguments])
    try:
        until(lambda: read(web) != "", 30, forgives=(OSError,))
        yield statsd, web
    finally:
        process.terminate()
        process.wait(timeout=10)


def read(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        return str(answer.read().decode())


def labels_of(text: str, metric: str) -> list[dict[str, str]]:
    return [
        dict(sample.labels)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == metric
    ]


def sent(folder: Path, lines: Sequence[str]) -> str:
    """The exporter's metrics once it has read the lines: a heartbeat that follows them says so."""
    with exporter(folder) as (statsd, web):
        with socket.create_connection(("127.0.0.1", statsd), timeout=5) as connection:
            connection.sendall("".join(f"{line}\n" for line in [*lines, "airflow.scheduler_heartbeat:1|c"]).encode())
        until(lambda: labels_of(read(web), "airflow_scheduler_heartbeat_total"), 30)
        return read(web)


@pytest.mark.parametrize(
    ("as_sent", "dag_id"),
    [
        ("invoices", "invoices"),
        ("reports__daily", "reports__daily"),
        ("reports.daily", "reports__daily"),
        ("eu.reports.daily.v2.final", "eu__reports__daily__v2__final"),
        (DOTTED, "eu__west__reports__daily__v2__final__x"),
        ("eu__west__reports__daily__v2__final__x", "eu__west__reports__daily__v2__final__x"),
    ],
)
def test_a_run_counts_under_one_id_whatever_airflow_makes_of_its_dots(
    as_sent: str, dag_id: str, tmp_path: Path
) -> None:
    said = sent(
        tmp_path,
        [
            f"airflow.dagrun.duration.success.{as_sent}:1500|ms",
            f"airflow.dagrun.duration.failed.{as_sent}:1500|ms",
            f"airflow.dagrun.schedule_delay.{as_sent}:20|ms",
        ],
    )
    assert labels_of(said, RUNS) == [{"state": "failed", "dag_id": dag_id}, {"state": "success", "dag_id": dag_id}]
    assert labels_of(said, "airflow_dag_run_schedule_delay_seconds_count") == [{"dag_id": dag_id}]


@pytest.mark.parametrize(
    ("dag", "task", "dag_id", "task_id"),
    [
        ("invoices", "load", "invoices", "load"),
        # A task group: of Airflow 2, of one in another, and of Airflow 3.
        ("invoices", "extract.load", "invoices", "extract.load"),
        ("invoices", "extract.eu.load", "invoices", "extract.eu.load"),
        ("invoices", "extract__load", "invoices", "extract__load"),
        # DAGs that the stack knows.
        ("reports.daily", "load", "reports__daily", "load"),
        ("reports.daily", "extract.load", "reports__daily", "extract.load"),
        ("a.b", "load", "a__b", "load"),
        (DOTTED, "extract.load", "eu__west__reports__daily__v2__final__x", "extract.load"),
    ],
)
def test_a_task_is_told_from_its_dag(dag: str, task: str, dag_id: str, task_id: str, tmp_path: Path) -> None:
    lines = [
        f"airflow.ti.start.{dag}.{task}:1|c",
        f"airflow.ti.finish.{dag}.{task}.success:1|c",
        f"airflow.dag.{dag}.{task}.duration:1500|ms",
    ]
    said, ids = sent(tmp_path, lines), {"dag_id": dag_id, "task_id": task_id}
    assert labels_of(said, "airflow_task_started_total") == [ids]
    assert labels_of(said, "airflow_task_finished_total") == [{**ids, "state": "success"}]
    assert labels_of(said, "airflow_task_duration_seconds_count") == [ids]


def test_what_is_not_listed_is_dropped(tmp_path: Path) -> None:
    said = sent(tmp_path, ["airflow.dagrun.dependency-check.invoices:1|ms", "airflow.ti.invoices.load:1|c"])
    assert "invoices" not in said
    assert "airflow_task_started_total" not in said

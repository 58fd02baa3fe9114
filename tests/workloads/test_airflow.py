"""A real Airflow, watched by a stack of its own: what it sends arrives, and alerts fire for what is wrong with it.

The alerts are the shipped ones; only how long some of them wait is shortened, by the settings that users have for it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import docker
import httpx
import pytest
import yaml

from tests.proof import RULES, load
from tests.workloads.airflow_installation import Airflow

ROOT = Path(__file__).resolve().parents[2]
STACK = "airflow"
STATSD_PORT, API_PORT = 39125, 38880
PORTS = {
    "grafana": 33000,
    "prometheus": 39090,
    "alertmanager": 39093,
    "otlp_grpc": 34317,
    "otlp_http": 34318,
    "memory_api": 38000,
}
SERVICE = {
    "name": "pipelines",
    "kind": "airflow",
    "owner": "data",
    "statsd_port": STATSD_PORT,
    "critical_dags": {
        "invoices": {"every": "1m"},
        "reports.daily": {"every": "1d"},
        "of-another-place": {"every": "1m"},
    },
    "alerts": {
        "AirflowSchedulerStalled": {"for": "1m"},
        "AirflowDagImportErrors": {"for": "30s"},
        "AirflowPoolStarving": {"for": "30s"},
        "AirflowTaskFailures": {"for": "30s"},
        "AirflowDagLate": {"for": "30s"},
    },
}
LABELS = {"service": "pipelines", "kind": "airflow", "owner": "data"}


class Watched:
    """An Airflow and the Prometheus that watches it."""

    def __init__(self, directory: Path, airflow: Airflow) -> None:
        self._password = (directory / "secrets" / "prometheus" / "prometheusPassword").read_text(encoding="utf-8")
        self.airflow = airflow

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The answer of Prometheus: one element per series."""
        answer = httpx.get(
            f"http://127.0.0.1:{PORTS['prometheus']}/api/v1/query",
            params={"query": expression},
            auth=("admin", self._password),
            timeout=30,
        )
        answer.raise_for_status()
        found: list[dict[str, Any]] = answer.json()["data"]["result"]
        return found

    def waits_for(self, expression: str, within: float) -> dict[str, str]:
        """Labels of the first series that it answers with."""
        found = _until(lambda: self.query(expression), within)
        assert found, f"nothing in {within:.0f} s: {expression}\n{self.airflow.logs()}"
        labels: dict[str, str] = found[0]["metric"]
        return labels

    def fires(self, alert: str, within: float) -> dict[str, str]:
        """Labels of an alert once it fires."""
        return self.waits_for(f'ALERTS{{alertname="{alert}",alertstate="firing",service="pipelines"}}', within)

    def firing(self, alert: str) -> set[str]:
        """DAGs for which an alert fires now."""
        return {
            series["metric"]["dag_id"] for series in self.query(f'ALERTS{{alertname="{alert}",alertstate="firing"}}')
        }


def _until(ask: Callable[[], list[dict[str, Any]]], within: float) -> list[dict[str, Any]]:
    end = time.monotonic() + within
    while not (found := ask()) and time.monotonic() < end:
        time.sleep(3)
    return found


@pytest.fixture(scope="module")
def watched(client: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """Both running; stopped and destroyed at the end, whatever happened."""
    folder = tmp_path_factory.mktemp(STACK)
    file = folder / f"Pulumi.{STACK}.yaml"
    settings = {
        "runtime": "docker",
        "services": [SERVICE],
        "docker": {"directory": str(folder / "state"), "ports": PORTS},
        "grafana": {"url": f"http://127.0.0.1:{PORTS['grafana']}"},
    }
    file.write_text(
        yaml.safe_dump({"config": {f"monitoring:{key}": value for key, value in settings.items()}}), encoding="utf-8"
    )
    airflow = Airflow(folder / "airflow", statsd_port=STATSD_PORT, api_port=API_PORT)
    try:
        up = _operations("up", file)
        assert up.returncode == 0, f"make up failed:\n{up.stdout}\n{up.stderr}"
        airflow.start()
        yield Watched(folder / "state" / STACK, airflow)
    finally:
        airflow.stop_all()
        _operations("destroy", file)


def _operations(command: str, file: Path) -> subprocess.CompletedProcess[str]:
    folders = os.environ["PATH"].split(os.pathsep)
    without_engine = os.pathsep.join(folder for folder in folders if not (Path(folder) / "pulumi").exists())
    return subprocess.run(
        [sys.executable, "-m", "operations", command, "--stack", STACK, "--file", str(file)],
        cwd=ROOT,
        env={**os.environ, "PATH": without_engine},
        capture_output=True,
        text=True,
        check=False,
        timeout=1800,
    )


def test_every_metric_that_rules_read_arrives(watched: Watched) -> None:
    for emitter in load(RULES / "airflow.emitters.yml"):
        for metric in emitter["metrics"]:
            assert LABELS.items() <= watched.waits_for(f'{metric}{{service="pipelines"}}', 180).items()


def test_runs_tasks_pools_and_the_scheduler_are_seen_by_name(watched: Watched) -> None:
    for expression in (
        'airflow_dag_run_duration_seconds_count{service="pipelines",dag_id="invoices",state="success"}',
        'airflow_dag_run_duration_seconds_count{service="pipelines",dag_id="reports__daily",state="failed"}',
        'airflow_task_finished_total{service="pipelines",dag_id="invoices",task_id="print_all__one",state="success"}',
        'airflow_task_finished_total{service="pipelines",dag_id="reports__daily",task_id="render",state="failed"}',
        'airflow_task_finished_total{service="pipelines",dag_id="reports__daily",state="up_for_retry"}',
        'airflow_pool_open_slots{service="pipelines",pool="default_pool"} == 128',
        'airflow_executor_open_slots{service="pipelines",executor="LocalExecutor"} <= 4',
        'airflow_dags{service="pipelines"} == 3',
        'service:airflow_scheduler_heartbeats:increase2m{service="pipelines"} > 10',
    ):
        watched.waits_for(expression, 180)


def test_times_are_in_seconds(watched: Watched) -> None:
    name, dag = "airflow_dag_run_duration_seconds", '{service="pipelines",dag_id="invoices",state="success"}'
    (mean,) = watched.query(f"{name}_sum{dag} / {name}_count{dag}")
    assert 0.1 < float(mean["value"][1]) < 60


def test_nothing_is_counted_twice(watched: Watched) -> None:
    """Airflow sends most of its figures under two names, of which one is kept."""
    assert watched.query('airflow_dag_run_duration_seconds_count{dag_id=""}') == []
    tries, ended = "sum(airflow_task_tries_total)", "sum(airflow_task_finished_total)"
    # Both are sent by the same process, one after the other, and may be scraped in between.
    watched.waits_for(f"abs({tries} - {ended}) <= 4", 30)


def test_a_file_that_cannot_be_imported_fires(watched: Watched) -> None:
    assert watched.fires("AirflowDagImportErrors", 180).items() >= LABELS.items()


def test_a_failed_run_of_a_critical_dag_fires_for_that_dag(watched: Watched) -> None:
    watched.fires("AirflowDagFailed", 180)
    assert watched.firing("AirflowDagFailed") == {"reports__daily"}


def test_tasks_that_wait_for_a_full_pool_fire(watched: Watched) -> None:
    assert watched.fires("AirflowPoolStarving", 180)["pool"] == "narrow"


def test_many_failed_tries_fire(watched: Watched) -> None:
    assert watched.fires("AirflowTaskFailures", 420).items() >= LABELS.items()


def test_a_dag_without_success_is_late_and_one_that_succeeds_is_not(watched: Watched) -> None:
    watched.fires("AirflowDagLate", 240)
    assert watched.firing("AirflowDagLate") == {"of-another-place"}


def test_no_alert_says_that_the_scheduler_is_gone_while_it_works(watched: Watched) -> None:
    assert watched.query('ALERTS{alertname="AirflowSchedulerStalled"}') == []


def test_a_stopped_scheduler_fires_and_its_dags_get_late(watched: Watched) -> None:
    watched.airflow.stop("scheduler")
    assert watched.fires("AirflowSchedulerStalled", 300).items() >= LABELS.items()
    # Nothing expires: what the scheduler said last is still there, and nothing but its heartbeat tells.
    assert watched.query('airflow_pool_starving_tasks{service="pipelines",pool="narrow"}')
    watched.waits_for('ALERTS{alertname="AirflowDagLate",dag_id="invoices",alertstate="firing"}', 240)

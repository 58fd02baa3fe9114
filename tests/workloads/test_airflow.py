"""A real Airflow, watched by a stack of its own: what it sends arrives, and alerts fire for what is wrong with it.

The alerts are the shipped ones; only how long some of them wait is shortened, by the settings that users have for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import docker
import pytest

from tests.proof import RULES, load
from tests.watching import WatchingStack, running_stack
from tests.workloads.airflow_installation import Airflow

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


@dataclass(frozen=True)
class Watched:
    """An Airflow and the stack that watches it."""

    airflow: Airflow
    stack: WatchingStack

    def waits_for(self, expression: str, within: float) -> dict[str, str]:
        """Labels of the first series that Prometheus answers with."""
        return self.stack.waits_for(expression, within)[0]

    def fires(self, alert: str, within: float) -> dict[str, str]:
        """Labels of an alert once it fires."""
        return self.stack.fires(alert, within)[0]

    def dags(self, alert: str) -> set[str]:
        """DAGs for which an alert fires now."""
        found = self.stack.query(f'ALERTS{{alertname="{alert}",alertstate="firing"}}')
        return {series["metric"]["dag_id"] for series in found}


@pytest.fixture(scope="module")
def watched(client: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """Both running; stopped and destroyed at the end, whatever happened."""
    folder = tmp_path_factory.mktemp(STACK)
    airflow = Airflow(folder / "airflow", statsd_port=STATSD_PORT, api_port=API_PORT)
    try:
        with running_stack(STACK, folder, PORTS, logs=airflow.logs, services=[SERVICE]) as stack:
            airflow.start()
            yield Watched(airflow, stack)
    finally:
        airflow.stop_all()


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
        'service:airflow_scheduler_heartbeats:increase4m{service="pipelines"} > 10',
    ):
        watched.waits_for(expression, 180)


def test_times_are_in_seconds(watched: Watched) -> None:
    name, dag = "airflow_dag_run_duration_seconds", '{service="pipelines",dag_id="invoices",state="success"}'
    (mean,) = watched.stack.query(f"{name}_sum{dag} / {name}_count{dag}")
    assert 0.1 < float(mean["value"][1]) < 60


def test_nothing_is_counted_twice(watched: Watched) -> None:
    """Airflow sends most of its figures under two names, of which one is kept."""
    assert watched.stack.query('airflow_dag_run_duration_seconds_count{dag_id=""}') == []
    tries, ended = "sum(airflow_task_tries_total)", "sum(airflow_task_finished_total)"
    # Both are sent by the same process, one after the other, and may be scraped in between.
    watched.waits_for(f"abs({tries} - {ended}) <= 4", 30)


def test_a_file_that_cannot_be_imported_fires(watched: Watched) -> None:
    assert watched.fires("AirflowDagImportErrors", 180).items() >= LABELS.items()


def test_a_failed_run_of_a_critical_dag_fires_for_that_dag(watched: Watched) -> None:
    watched.fires("AirflowDagFailed", 180)
    assert watched.dags("AirflowDagFailed") == {"reports__daily"}


def test_tasks_that_wait_for_a_full_pool_fire(watched: Watched) -> None:
    assert watched.fires("AirflowPoolStarving", 180)["pool"] == "narrow"


def test_many_failed_tries_fire(watched: Watched) -> None:
    assert watched.fires("AirflowTaskFailures", 420).items() >= LABELS.items()


def test_a_dag_without_success_is_late_and_one_that_succeeds_is_not(watched: Watched) -> None:
    watched.fires("AirflowDagLate", 240)
    assert watched.dags("AirflowDagLate") == {"of-another-place"}


def test_no_alert_says_that_the_scheduler_is_gone_while_it_works(watched: Watched) -> None:
    assert watched.stack.query('ALERTS{alertname="AirflowSchedulerStalled"}') == []


def test_a_stopped_scheduler_fires_and_its_dags_get_late(watched: Watched) -> None:
    watched.airflow.stop("scheduler")
    assert watched.fires("AirflowSchedulerStalled", 300).items() >= LABELS.items()
    # Nothing expires: what the scheduler said last is still there, and nothing but its heartbeat tells.
    assert watched.stack.query('airflow_pool_starving_tasks{service="pipelines",pool="narrow"}')
    watched.waits_for('ALERTS{alertname="AirflowDagLate",dag_id="invoices",alertstate="firing"}', 240)

"""Airflow: the scheduler, runs of DAGs, tasks, pools and executors."""

from __future__ import annotations

from catalog.airflow import AirflowService
from catalog.plan import MonitoringPlan
from dashboards.panels import (
    BAD,
    GOOD,
    Dashboard,
    DashboardRow,
    Panel,
    latency,
    only_where,
    rate,
    ratio,
    stat,
    time_series,
)
from dashboards.queries import metrics, metrics_now
from dashboards.rows import kind_dashboard
from dashboards.series import grown, highest, mean, of, per_second, threshold_of
from dashboards.signals import Signals

_NO_RUNS = "No run has ended"
# Airflow sends each figure of an executor twice, once without its name.
_NAMED = 'executor!="any"'


def _critical(plan: MonitoringPlan) -> bool:
    """An installation declares critical DAGs."""
    return any(isinstance(service, AirflowService) and service.critical_dags for service in plan.settings.services)


def _near_limits() -> tuple[Panel, ...]:
    return (
        stat(
            "Scheduler",
            "Heartbeats of the scheduler in four minutes. When red: nothing is started any more; see its log, and "
            "whether its database answers.",
            metrics_now(of("service:airflow_scheduler_heartbeats:increase4m"), "{{service}}"),
            unit="none",
            steps=((0, BAD), (1, GOOD)),
            decimals=0,
        ),
        stat(
            "DAG files with errors",
            "Files that cannot be imported: their DAGs do not run. When red: `airflow dags list-import-errors`.",
            metrics_now(highest("airflow_dag_import_errors"), "{{service}}"),
            unit="none",
            steps=((0, GOOD), (1, BAD)),
        ),
        stat(
            "Tasks starving",
            "Tasks that wait for a slot of a pool. When red for long: give the pool more slots, or run less at once.",
            metrics_now(highest("airflow_pool_starving_tasks", by="service, pool"), "{{service}} {{pool}}"),
            unit="none",
            steps=((0, GOOD), (1, BAD)),
        ),
    )


def _work() -> tuple[Panel, ...]:
    failures = of("service:airflow_task_failures:ratio_increase30m")
    durations = grown("airflow_dag_run_duration_seconds_bucket", "1h", by="service, dag_id, le")
    return (
        time_series(
            "DAG runs ended",
            "Runs that ended within the hour, by how. Failed ones: open the run, and the log of its first red task.",
            [
                metrics(
                    grown("airflow_dag_run_duration_seconds_count", "1h", by="service, state"), "{{service}} {{state}}"
                )
            ],
            unit="none",
            empty=_NO_RUNS,
            width=8,
        ),
        ratio(
            "Tries that failed",
            "Share of tries of tasks that failed in half an hour; a task that is retried counts each time. Dashed: "
            "the threshold of AirflowTaskFailures. When above: the details say which DAG.",
            [metrics(failures, "{{service}}")],
            threshold=threshold_of("AirflowTaskFailures", failures),
            empty="No task has ended",
            width=8,
        ),
        latency(
            "DAG run duration",
            "How long 95 % of the runs that ended within the hour took at most, by DAG. A jump: see which task of it "
            "became slow.",
            [
                metrics(
                    f"topk(10, histogram_quantile(0.95, {durations}) >= 0)",
                    "{{service}} {{dag_id}}",
                )
            ],
            empty=_NO_RUNS,
            width=8,
        ),
        time_series(
            "DAG runs running",
            "Runs that are in progress. Many, and few tasks running: pools or executors are full.",
            [metrics(highest("airflow_dag_runs_running"), "{{service}}")],
            unit="none",
            width=8,
        ),
        latency(
            "Start delay",
            "How long after their time runs start, on average within the hour, by DAG. When it rises: the scheduler "
            "is overloaded.",
            [
                metrics(
                    f"topk(10, {mean('airflow_dag_run_schedule_delay_seconds', '1h', by='service, dag_id')})",
                    "{{service}} {{dag_id}}",
                )
            ],
            empty="No run was started by its schedule",
            width=8,
        ),
        latency(
            "Scheduler loop",
            "How long a turn of the scheduler takes, on average. Above some seconds tasks start late: fewer DAGs "
            "per scheduler, or a faster database.",
            [metrics(mean("airflow_scheduler_loop_duration_seconds"), "{{service}}")],
            empty="The scheduler stands still",
            width=8,
        ),
    )


def _lateness() -> tuple[Panel, ...]:
    late = of("service:airflow_dag_lateness:factor")
    return (
        time_series(
            "Since the last success",
            "Time since a critical DAG succeeded, in intervals of its schedule. Dashed: the threshold of "
            "AirflowDagLate. When above: look at its last runs, and start one by hand.",
            [metrics(late, "{{service}} {{dag_id}}")],
            unit="none",
            threshold=threshold_of("AirflowDagLate", late),
            width=24,
        ),
    )


def _room() -> tuple[Panel, ...]:
    return (
        time_series(
            "Pool slots",
            "Slots of each pool: running and queued ones are taken. Many scheduled and none open: the pool is too "
            "small.",
            [
                metrics(highest(f"airflow_pool_{state}_slots", by="service, pool"), f"{{{{pool}}}} {state}")
                for state in ("open", "running", "queued", "scheduled")
            ],
            unit="none",
        ),
        time_series(
            "Executor",
            "Tasks that each executor runs, that wait in it, and how many more it would take. Queued and none "
            "running: workers are gone.",
            [
                metrics(
                    highest(f"airflow_executor_{what}", _NAMED, by="service, executor"),
                    f"{{{{executor}}}} {what.replace('_', ' ')}",
                )
                for what in ("running_tasks", "queued_tasks", "open_slots")
            ],
            unit="none",
            empty="No executor names itself",
        ),
    )


def _details() -> tuple[Panel, ...]:
    task = "service, dag_id, task_id"
    failed = grown("airflow_task_finished_total", "1h", 'state="failed"', by=task)
    return (
        time_series(
            "Failed tasks",
            "The ten tasks that failed most within the hour.",
            [metrics(f"topk(10, {failed} > 0)", "{{dag_id}} {{task_id}}")],
            unit="none",
            empty="No task failed",
        ),
        latency(
            "Task duration",
            "The ten tasks that took longest within the hour, on average.",
            [
                metrics(
                    f"topk(10, {mean('airflow_task_duration_seconds', '1h', by=task)})",
                    "{{dag_id}} {{task_id}}",
                )
            ],
            empty="No task has ended",
        ),
        rate(
            "Heartbeats",
            "Heartbeats per second of the scheduler, the DAG processor and the triggerer. A line that ends: that one "
            "is gone.",
            [
                metrics(per_second(f"airflow_{what}_heartbeat_total"), f"{{{{service}}}} {what.replace('_', ' ')}")
                for what in ("scheduler", "dag_processor", "triggerer")
            ],
            unit="ops",
            empty="No heartbeat",
        ),
        latency(
            "Parsing of DAG files",
            "How long it takes to read all DAG files. When long: they do work while they are imported.",
            [metrics(highest("airflow_dag_parse_duration_seconds"), "{{service}}")],
            empty="Not parsed yet",
        ),
        time_series(
            "DAGs",
            "DAGs that were found. Fewer than before: a file is gone or broken.",
            [metrics(highest("airflow_dags"), "{{service}}")],
            unit="none",
            empty="Not parsed yet",
        ),
    )


def _airflow(signals: Signals) -> Dashboard:
    return kind_dashboard(
        "airflow",
        "Airflow",
        "Airflow installations: scheduler, DAG runs, tasks, pools and executors.",
        signals,
        health=_near_limits(),
        rows=(
            DashboardRow("Traffic, errors, latency", _work()),
            DashboardRow("Critical DAGs", only_where(_critical, *_lateness())),
            DashboardRow("Saturation", _room()),
            DashboardRow("Details", _details(), collapsed=True),
        ),
    )


DASHBOARD = _airflow

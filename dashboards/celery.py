"""Celery: workers, queues, and what becomes of tasks."""

from __future__ import annotations

from dashboards.about_services import threshold
from dashboards.panels import (
    BAD,
    GOOD,
    Dashboard,
    DashboardRow,
    Panel,
    latency,
    rate,
    ratio,
    stat,
    state_timeline,
    time_series,
)
from dashboards.queries import metrics, metrics_now
from dashboards.rows import kind_dashboard, share_of_threshold
from dashboards.series import grown, highest, mean, of, per_second, threshold_of, total
from dashboards.signals import Signals

_NO_TASKS = "No task yet"


def _near_limits() -> tuple[Panel, ...]:
    return (
        stat(
            "Workers",
            "Workers that read each queue. When red: nobody does; start them, and see why they stopped.",
            metrics_now(highest("celery_active_worker_count", by="service, queue_name"), "{{service}} {{queue_name}}"),
            unit="none",
            steps=((0, BAD), (1, GOOD)),
            width=12,
        ),
        share_of_threshold(
            "Failures, of their threshold",
            "Share of tasks that failed in 15 minutes, relative to the threshold of CeleryTaskFailures. When red: the "
            "details say which task.",
            "service:celery_task_failures:ratio_increase15m",
            "CeleryTaskFailures",
            width=12,
        ),
    )


def _work() -> tuple[Panel, ...]:
    runtime = of("celery_task_runtime_bucket")
    failures = of("service:celery_task_failures:ratio_increase15m")
    return (
        rate(
            "Tasks",
            "Tasks per second by what became of them. A sudden fall is as telling as a rise.",
            [
                metrics(per_second("celery_task_succeeded_total"), "{{service}} succeeded"),
                metrics(per_second("celery_task_failed_total"), "{{service}} failed"),
                metrics(per_second("celery_task_retried_total"), "{{service}} retried"),
            ],
            unit="ops",
            empty=_NO_TASKS,
            width=8,
        ),
        ratio(
            "Failures",
            "Share of tasks that failed in 15 minutes. Dashed: the threshold of CeleryTaskFailures. When above: the "
            "workers' log has the exception.",
            [metrics(failures, "{{service}}")],
            threshold=threshold_of("CeleryTaskFailures", failures),
            empty=_NO_TASKS,
            width=8,
        ),
        latency(
            "Run time",
            "How long half and 95 % of tasks ran at most, over five minutes. When it rises: what they call has become "
            "slow.",
            [
                metrics(
                    f"histogram_quantile({quantile}, sum by (service, le) (rate({runtime}[5m])))",
                    f"{{{{service}}}} {name}",
                )
                for quantile, name in ((0.5, "P50"), (0.95, "P95"))
            ],
            empty=_NO_TASKS,
            width=8,
        ),
    )


def _room() -> tuple[Panel, ...]:
    return (
        time_series(
            "Queue length",
            "Tasks that wait in each queue. Dashed: the threshold of CeleryQueueGrowing, which fires when it is "
            "passed and still grows: add workers, or find what slows them.",
            [metrics(highest("celery_queue_length", by="service, queue_name"), "{{service}} {{queue_name}}")],
            unit="short",
            threshold=threshold("CeleryQueueGrowing"),
            width=8,
        ),
        time_series(
            "Worker processes",
            "Processes of all workers that read a queue. Fewer than before: a worker was lost or scaled down.",
            [metrics(highest("celery_active_process_count", by="service, queue_name"), "{{service}} {{queue_name}}")],
            unit="none",
            width=8,
        ),
        time_series(
            "Tasks running",
            "Tasks that each worker runs now. All processes busy and a queue that grows: add workers.",
            [metrics(highest("celery_worker_tasks_active", by="service, hostname"), "{{hostname}}")],
            unit="none",
            empty="No worker yet",
            width=8,
        ),
    )


def _details() -> tuple[Panel, ...]:
    failed = f"{grown('celery_task_failed_total', '1h', by='service, name, exception')} > 0"
    return (
        time_series(
            "Failures by task",
            "The ten tasks that failed most within the hour, with their exception.",
            [metrics(f"topk(10, {failed})", "{{name}} {{exception}}")],
            unit="none",
            empty="No task failed",
        ),
        latency(
            "Mean run time by task",
            "The ten tasks that run longest, on average over five minutes.",
            [metrics(f"topk(10, {mean('celery_task_runtime', by='service, name')})", "{{name}}")],
            empty="No task ended",
        ),
        rate(
            "Tasks by name",
            "The ten tasks that start most often.",
            [metrics(f"topk(10, {per_second('celery_task_started_total', by='service, name')})", "{{name}}")],
            unit="ops",
            empty=_NO_TASKS,
        ),
        state_timeline(
            "Workers by host",
            "Which workers send events. When red: that worker is gone, or its host is.",
            [metrics(highest("celery_worker_up", by="service, hostname"), "{{hostname}}")],
            states={"0": ("Gone", BAD), "1": ("Up", GOOD)},
            empty="No worker yet",
            width=12,
        ),
        time_series(
            "Tasks received, not started",
            "Tasks that workers have taken and not begun, counted since the exporter's start. When it grows: the "
            "prefetch is too high for tasks that run long.",
            [
                metrics(
                    f"{total('celery_task_received_total')} - {total('celery_task_started_total')}",
                    "{{service}}",
                )
            ],
            unit="short",
            empty=_NO_TASKS,
        ),
    )


def _celery(signals: Signals) -> Dashboard:
    return kind_dashboard(
        "celery",
        "Celery",
        "Celery applications: workers, queues, tasks and their failures.",
        signals,
        health=_near_limits(),
        rows=(
            DashboardRow("Traffic, errors, latency", _work()),
            DashboardRow("Saturation", _room()),
            DashboardRow("Details", _details(), collapsed=True),
        ),
    )


DASHBOARD = _celery

"""RabbitMQ: messages in, out and waiting, consumers, connections, memory and disk."""

from __future__ import annotations

from dashboards.panels import (
    BAD,
    GOOD,
    Dashboard,
    DashboardRow,
    Panel,
    rate,
    saturation,
    stat,
    time_series,
)
from dashboards.queries import metrics, metrics_now
from dashboards.rows import kind_dashboard
from dashboards.series import highest, of, per_second, total
from dashboards.signals import Signals


def _near_limits() -> tuple[Panel, ...]:
    return (
        stat(
            "Resource alarms",
            "While a node has an alarm of memory or disk, the whole cluster takes no message. When red: drain queues, "
            "or give that node room.",
            metrics_now(
                f"max by (service, resource) ({of('service:rabbitmq_alarm:bool')})", "{{service}} {{resource}}"
            ),
            unit="none",
            steps=((0, GOOD), (1, BAD)),
            texts={"0": "None", "1": "Alarm"},
            # The plugin tells alarms only where queues are one sum.
            empty="Not told where per_queue is set",
            width=12,
        ),
        stat(
            "Consumers",
            "Consumers of all queues. When red: nobody reads; start the workers.",
            metrics_now(total("rabbitmq_queue_consumers"), "{{service}}"),
            unit="none",
            steps=((0, BAD), (1, GOOD)),
            width=12,
        ),
    )


def _work() -> tuple[Panel, ...]:
    return (
        rate(
            "Messages in and out",
            "Messages per second that publishers send, that consumers get, and that they acknowledge. In above out "
            "for long: queues grow; add consumers.",
            [
                metrics(per_second("rabbitmq_global_messages_received_total"), "{{service}} received"),
                metrics(per_second("rabbitmq_global_messages_delivered_total"), "{{service}} delivered"),
                metrics(per_second("rabbitmq_global_messages_acknowledged_total"), "{{service}} acknowledged"),
            ],
            unit="cps",
            width=8,
        ),
        rate(
            "Messages without a queue",
            "Messages per second that no queue took: dropped, or returned to their publisher. Above 0: a binding is "
            "missing or a routing key is wrong.",
            [
                metrics(per_second("rabbitmq_global_messages_unroutable_dropped_total"), "{{service}} dropped"),
                metrics(per_second("rabbitmq_global_messages_unroutable_returned_total"), "{{service}} returned"),
            ],
            unit="cps",
            width=8,
        ),
        rate(
            "Messages redelivered",
            "Messages per second that were given out again because a consumer did not acknowledge them. When it "
            "rises: consumers fail at the same message, or are too slow.",
            [metrics(per_second("rabbitmq_global_messages_redelivered_total"), "{{service}}")],
            unit="cps",
            width=8,
        ),
    )


def _room() -> tuple[Panel, ...]:
    return (
        time_series(
            "Messages waiting",
            "Messages that nobody has got yet, and those whose consumer has not acknowledged them. When it keeps "
            "growing: add consumers, or find what holds them up.",
            [
                metrics(total("rabbitmq_queue_messages_ready"), "{{service}} ready"),
                metrics(total("rabbitmq_queue_messages_unacked"), "{{service}} unacknowledged"),
            ],
            unit="short",
            width=8,
        ),
        saturation(
            "Memory, of its watermark",
            "Share of the memory above which a node stops its publishers. Near 1: drain queues, or raise "
            "vm_memory_high_watermark.",
            [
                metrics(
                    f"max by (service, instance) ({of('rabbitmq_process_resident_memory_bytes')}"
                    f" / {of('rabbitmq_resident_memory_limit_bytes')})",
                    "{{instance}}",
                )
            ],
            width=8,
        ),
        time_series(
            "Free disk",
            "Bytes that are free where messages are stored. Dashed: disk_free_limit, below which publishers are "
            "stopped.",
            [metrics(f"min by (service, instance) ({of('rabbitmq_disk_space_available_bytes')})", "{{instance}}")],
            unit="bytes",
            threshold=metrics(highest("rabbitmq_disk_space_available_limit_bytes"), "{{service}} limit"),
            width=8,
        ),
        time_series(
            "Connections and channels",
            "Connections of clients and their channels. A rise without more clients is a leak: somebody opens and "
            "does not close.",
            [
                metrics(total("rabbitmq_connections"), "{{service}} connections"),
                metrics(total("rabbitmq_channels"), "{{service}} channels"),
            ],
            unit="none",
        ),
        saturation(
            "File descriptors in use",
            "Share of the files and sockets that a node may open. Near 1 it refuses connections: raise its ulimit.",
            [
                metrics(
                    f"max by (service, instance) ({of('rabbitmq_process_open_fds')}"
                    f" / {of('rabbitmq_process_max_fds')})",
                    "{{instance}}",
                )
            ],
        ),
    )


def _queues() -> tuple[Panel, ...]:
    single, empty = 'queue!=""', "Set per_queue for series of each queue"
    return (
        time_series(
            "Longest queues",
            "The ten queues with most messages that nobody has got yet, where the service has `per_queue`.",
            [metrics(f"topk(10, {total('rabbitmq_queue_messages_ready', single, by='service, queue')})", "{{queue}}")],
            unit="short",
            empty=empty,
        ),
        time_series(
            "Queues without consumers",
            "Queues with messages that nobody reads, where the service has `per_queue`. Start their workers, or "
            "delete them.",
            [
                metrics(
                    f"{total('rabbitmq_queue_messages_ready', single, by='service, queue')} > 0"
                    f" and {total('rabbitmq_queue_consumers', single, by='service, queue')} == 0",
                    "{{queue}}",
                )
            ],
            unit="short",
            empty="None, or no per_queue",
        ),
    )


def _rabbitmq(signals: Signals) -> Dashboard:
    return kind_dashboard(
        "rabbitmq",
        "RabbitMQ",
        "RabbitMQ nodes: messages in, out and waiting, consumers, connections, memory and disk.",
        signals,
        health=_near_limits(),
        rows=(
            DashboardRow("Traffic and errors", _work()),
            DashboardRow("Saturation", _room()),
            DashboardRow("Single queues", _queues(), collapsed=True),
        ),
    )


DASHBOARD = _rabbitmq

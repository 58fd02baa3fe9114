"""Infrastructure: hosts and the containers on them. What is full, what is throttled, what restarts?"""

from __future__ import annotations

from dashboards.about_services import limit, marks
from dashboards.panels import (
    BAD,
    GOOD,
    HIGH,
    NEUTRAL,
    WARNING,
    Dashboard,
    DashboardRow,
    Panel,
    bar_gauge,
    dashboard,
    query_variable,
    rate,
    saturation,
    stat,
    time_series,
)
from dashboards.queries import metrics, metrics_now
from dashboards.rows import firing
from dashboards.signals import Signals

_HOST = 'service=~"$host"'
_CONTAINER = 'service=~"$machine", name!=""'
_BOTH = 'service=~"$host|$machine"'
_FULL = ((0, GOOD), (0.7, WARNING), (0.8, HIGH), (0.9, BAD))
# Disks of the machine itself: what is mounted read-only or lives in memory does not fill up.
_DISK = f'{_HOST}, fstype!~"tmpfs|ramfs|squashfs|overlay|iso9660|erofs"'
_CPU_USED = f'1 - avg by (service) (rate(node_cpu_seconds_total{{{_HOST}, mode="idle"}}[5m]))'
_MEMORY_USED = (
    f"1 - max by (service) (node_memory_MemAvailable_bytes{{{_HOST}}}) "
    f"/ max by (service) (node_memory_MemTotal_bytes{{{_HOST}}})"
)
_DISK_USED = (
    f"1 - max by (service, device) (node_filesystem_avail_bytes{{{_DISK}}}) "
    f"/ max by (service, device) (node_filesystem_size_bytes{{{_DISK}}})"
)
_MEMORY_OF_LIMIT = (
    f"max by (name) (container_memory_working_set_bytes{{{_CONTAINER}}}) "
    f"/ (max by (name) (container_spec_memory_limit_bytes{{{_CONTAINER}}}) > 0)"
)


def _health() -> tuple[Panel, ...]:
    return (
        stat(
            "Hosts",
            "Machines that answer, of all that are watched. When one is down, ServiceDown says which.",
            metrics_now(f"min by (service) (up{{{_HOST}}})", "{{service}}"),
            unit="none",
            steps=((0, BAD), (1, GOOD)),
            texts={"0": "Down", "1": "Up"},
            width=8,
        ),
        stat(
            "Containers running",
            "Containers that were seen in the last minute. When it falls, see ContainerMissing and restarts below.",
            metrics_now(
                f"count by (service) (max by (service, name) (container_last_seen{{{_CONTAINER}}}) > time() - 60)",
                "{{service}}",
            ),
            unit="none",
            steps=((0, NEUTRAL),),
            width=4,
        ),
        firing(_BOTH),
        *(
            bar_gauge(
                title,
                description,
                metrics_now(f"sort_desc({query})", legend),
                unit="percentunit",
                steps=_FULL,
                maximum=1,
                decimals=0,
                width=8,
                height=6,
            )
            for title, description, query, legend in (
                (
                    "CPU now",
                    "Share of all cores that is busy, over five minutes. When it is red, see which container uses "
                    "them.",
                    _CPU_USED,
                    "{{service}}",
                ),
                (
                    "Memory now",
                    "Share of memory that is not available to programs. When it is red, programs are about to be "
                    "killed.",
                    _MEMORY_USED,
                    "{{service}}",
                ),
                (
                    "Disks now",
                    "Share of each disk that is used. When it is red, remove what is old, or shorten a retention.",
                    _DISK_USED,
                    "{{service}} {{device}}",
                ),
            )
        ),
    )


def _hosts() -> tuple[Panel, ...]:
    return (
        saturation(
            "CPU",
            "Share of all cores that is busy. Dashed: the threshold of HostCpuSaturated; above it everything is "
            "slower.",
            [metrics(_CPU_USED, "{{service}}")],
            threshold=metrics(limit("HostCpuSaturated", _HOST), "{{service}} threshold"),
            width=8,
        ),
        saturation(
            "Memory",
            "Share of memory in use. Dashed: the threshold of HostMemoryPressure; above it the kernel kills programs.",
            [metrics(_MEMORY_USED, "{{service}}")],
            threshold=metrics(limit("HostMemoryPressure", _HOST), "{{service}} threshold"),
            width=8,
        ),
        saturation(
            "Disks",
            "Share of each disk in use. Dashed: where HostDiskAlmostFull begins; a full one stops what writes to it.",
            [metrics(_DISK_USED, "{{service}} {{device}}")],
            threshold=metrics(f"1 - {limit('HostDiskAlmostFull', _HOST)}", "{{service}} threshold"),
            width=8,
        ),
        time_series(
            "Load for each core",
            "Programs that run or wait, over five minutes. Above 1 they wait for each other: spread or shrink the "
            "work.",
            [
                metrics(
                    f"max by (service) (node_load5{{{_HOST}}}) "
                    f'/ count by (service) (node_cpu_seconds_total{{{_HOST}, mode="idle"}})',
                    "{{service}}",
                )
            ],
            unit="none",
            width=8,
        ),
        saturation(
            "Disk busy",
            "Share of time in which a disk works. Near 100 % it is the bottleneck of whatever reads or writes.",
            [
                metrics(
                    "max by (service, device) "
                    f'(rate(node_disk_io_time_seconds_total{{{_HOST}, device!~"loop.+|ram.+"}}[5m]))',
                    "{{service}} {{device}}",
                )
            ],
            width=8,
        ),
        rate(
            "Network",
            "Bytes per second in and out, of all interfaces but the loopback. A flat top is a full line.",
            [
                metrics(
                    f'sum by (service) (rate(node_network_{way}_bytes_total{{{_HOST}, device!="lo"}}[5m]))',
                    f"{{{{service}}}} {way}",
                )
                for way in ("receive", "transmit")
            ],
            unit="Bps",
            width=8,
        ),
    )


def _containers() -> tuple[Panel, ...]:
    return (
        bar_gauge(
            "Containers by CPU",
            "Cores in use by the ten containers that use most. What is not expected here slows down its neighbours.",
            metrics_now(
                f"topk(10, sum by (name) (rate(container_cpu_usage_seconds_total{{{_CONTAINER}}}[5m])))", "{{name}}"
            ),
            unit="suffix: cores",
            steps=((0, NEUTRAL),),
            decimals=2,
        ),
        bar_gauge(
            "Containers by memory, of their limit",
            "Memory that cannot be reclaimed, of the ten containers nearest to their limit. At 100 % they are killed.",
            metrics_now(f"topk(10, {_MEMORY_OF_LIMIT})", "{{name}}"),
            unit="percentunit",
            steps=_FULL,
            maximum=1,
            decimals=0,
        ),
        bar_gauge(
            "Containers that are throttled",
            "Share of periods in which a container had to wait for its CPU limit. When it is red, raise the limit.",
            metrics_now(
                f"topk(10, sum by (name) (rate(container_cpu_cfs_throttled_periods_total{{{_CONTAINER}}}[5m])) "
                f"/ (sum by (name) (rate(container_cpu_cfs_periods_total{{{_CONTAINER}}}[5m])) > 0))",
                "{{name}}",
            ),
            unit="percentunit",
            steps=((0, GOOD), (0.1, WARNING), (0.25, BAD)),
            maximum=1,
            decimals=0,
        ),
        bar_gauge(
            "Containers that restarted",
            "Restarts within the dashboard's time. When it is red, read the container's last lines of log.",
            metrics_now(
                f"topk(10, sum by (name) (changes(container_start_time_seconds{{{_CONTAINER}}}[$__range])) > 0)",
                "{{name}}",
            ),
            unit="none",
            steps=((0, GOOD), (1, WARNING), (3, BAD)),
            empty="None restarted",
        ),
        time_series(
            "Killed for want of memory",
            "Programs that the kernel killed, per five minutes. Any is one too many: raise the container's limit, or "
            "add memory.",
            [metrics(f"sum by (service) (increase(node_vmstat_oom_kill{{{_HOST}}}[5m]))", "{{service}}")],
            unit="none",
            width=24,
            height=6,
        ),
    )


def _infrastructure(_signals: Signals) -> Dashboard:
    return dashboard(
        "infrastructure",
        "Infrastructure",
        "Hosts and containers: CPU, memory, disks, network, limits, restarts.",
        variables=(
            query_variable("host", "Host", "label_values(node_boot_time_seconds, service)"),
            query_variable("machine", "Containers of", "label_values(container_last_seen, service)"),
        ),
        annotations=marks(_BOTH),
        rows=(
            DashboardRow("Health", _health()),
            DashboardRow("Hosts", _hosts()),
            DashboardRow("Containers", _containers()),
        ),
    )


DASHBOARD = _infrastructure

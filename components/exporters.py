"""Exporters: the machine, its containers, probes, and the ones that services of the plan need."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from catalog.blackbox import SHARED_MODULES, Module
from catalog.plan import Exporter, MonitoringPlan
from components.base import Component
from components.endpoints import BLACKBOX_EXPORTER, CADVISOR, NODE_EXPORTER, PROMETHEUS
from components.shared import to_yaml
from settings.secrets import SecretFile
from workloads.place import Place
from workloads.workload import (
    ConfigDirectory,
    HostMount,
    HttpProbe,
    Limits,
    Metrics,
    Port,
    Relaxation,
    Workload,
)

_NOBODY = 65534
_EXPORTER_LIMITS = Limits(cpus=0.25, memory_mebibytes=128)


class ExporterComponent(Component):
    """Any exporter; what it exports is its workload's business."""

    type_token = "monitoring:components:Exporter"


def exporter_workloads(plan: MonitoringPlan, place: Place) -> list[Workload]:
    """Every exporter of the stack: the machine's own, and one for each service that needs one."""
    return [
        node_exporter_workload(),
        cadvisor_workload(place),
        blackbox_workload(plan.probe_modules, plan.probe_secrets),
        *(service_exporter_workload(exporter) for exporter in plan.exporters),
    ]


def node_exporter_workload() -> Workload:
    """The machine: CPU, memory, disks, network."""
    return Workload(
        name=NODE_EXPORTER.workload,
        image="node-exporter",
        user=_NOBODY,
        args=("--path.rootfs=/host", "--web.disable-exporter-metrics"),
        ports=(NODE_EXPORTER.listener,),
        host_mounts=(HostMount("/", "/host", "sizes and use of the host's filesystems", follow_mounts=True),),
        host_processes=Relaxation("host PID namespace", "counts of the host's processes, not of its own"),
        probe=HttpProbe(NODE_EXPORTER.port, "/"),
        limits=_EXPORTER_LIMITS,
        metrics={NODE_EXPORTER.workload: Metrics(NODE_EXPORTER.port)},
        clients=(PROMETHEUS.workload,),
        per_host=True,
    )


def cadvisor_workload(place: Place) -> Workload:
    """The machine's containers: CPU, memory, disk and network of each, by name and by what Compose calls it."""
    return Workload(
        name=CADVISOR.workload,
        image="cadvisor",
        user=0,
        root=Relaxation("root", "cgroup and Docker state files belong to root"),
        args=(
            "--docker_only=true",
            "--store_container_labels=false",
            "--whitelisted_container_labels=com.docker.compose.project,com.docker.compose.service",
            "--housekeeping_interval=15s",
        ),
        ports=(CADVISOR.listener,),
        host_mounts=(
            HostMount("/", "/rootfs", "sizes of the containers' filesystems"),
            HostMount("/sys", "/sys", "the cgroups of every container"),
            HostMount("/var/run", "/var/run", "Docker's socket: names of containers"),
            HostMount(place.engine_data, place.engine_data, "layers of every container"),
        ),
        probe=HttpProbe(CADVISOR.port, "/healthz"),
        limits=Limits(cpus=0.5, memory_mebibytes=512),
        metrics={CADVISOR.workload: Metrics(CADVISOR.port)},
        clients=(PROMETHEUS.workload,),
        per_host=True,
    )


def blackbox_workload(modules: Mapping[str, Module], secrets: Collection[str] = ()) -> Workload:
    """Probes of endpoints, as a caller would see them.

    Args:
        modules: those that services asked for, beside the ones that are always there.
        secrets: names of the secrets that they read.
    """
    pings = any(module["prober"] == "icmp" for module in modules.values())
    return Workload(
        name=BLACKBOX_EXPORTER.workload,
        image="blackbox-exporter",
        user=_NOBODY,
        args=("--config.file=/etc/blackbox/blackbox.yml",),
        config=ConfigDirectory(
            "/etc/blackbox", {"blackbox.yml": to_yaml({"modules": {**SHARED_MODULES, **modules}})}, reload="signal"
        ),
        secrets={name: SecretFile.of(name) for name in sorted(secrets)},
        ports=(BLACKBOX_EXPORTER.listener,),
        probe=HttpProbe(BLACKBOX_EXPORTER.port, "/-/healthy"),
        limits=_EXPORTER_LIMITS,
        metrics={BLACKBOX_EXPORTER.workload: Metrics(BLACKBOX_EXPORTER.port)},
        clients=(PROMETHEUS.workload,),
        pings=Relaxation("ICMP echo sockets for its own group", "probes of protocol icmp") if pings else None,
        joins_target_networks=True,
    )


def service_exporter_workload(exporter: Exporter) -> Workload:
    """The exporter that a service of the plan asked for."""
    return Workload(
        name=exporter.name,
        image=exporter.image,
        user=_NOBODY,
        entrypoint=exporter.entrypoint,
        args=exporter.args,
        env=exporter.env,
        config=ConfigDirectory("/etc/exporter", exporter.config) if exporter.config else None,
        secrets=exporter.secrets,
        tmpfs=exporter.tmpfs,
        ports=(
            Port("http", exporter.port),
            *(
                Port(port.name, port.number, "applications", publish=port.publish, protocol=port.protocol)
                for port in exporter.ingest
            ),
        ),
        probe=HttpProbe(exporter.port, exporter.health_path),
        limits=_EXPORTER_LIMITS,
        clients=(PROMETHEUS.workload,),
        joins_target_networks=True,
    )

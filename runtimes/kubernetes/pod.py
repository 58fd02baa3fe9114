"""The pod of a workload: its container with the security defaults, its volumes and its probes."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pulumi
from pulumi_kubernetes import core, meta

from runtimes.kubernetes.objects import (
    NAME_LABEL,
    PART_OF_LABEL,
    config_key,
    cores,
    quantity,
    stack_labels,
    workload_labels,
)
from runtimes.probes import login_probe
from settings.secrets import SECRETS_DIRECTORY
from workloads.workload import ExecProbe, HttpProbe, Workload

# Readable by root and by the pod's group, which is the program's.
_FILE_MODE = 0o440
_TMPFS_SIZE = "64Mi"
# What a program is promised of its CPU limit. Memory is promised whole: it cannot be taken back.
_CPU_REQUEST_SHARE = 0.1
_PROBE_INTERVAL_SECONDS = 10
_PROBE_TIMEOUT_SECONDS = 5
_START_INTERVAL_SECONDS = 5
_READY_ATTEMPTS = 3
_ALIVE_ATTEMPTS = 6


def pod_template(
    workload: Workload, *, stack: str, image: str, config: str | None, secrets: pulumi.Input[str] | None
) -> core.v1.PodTemplateSpecArgs:
    """The pod of a workload.

    Args:
        workload: what runs.
        stack: the stack's name.
        image: what its image is called.
        config: name of the ConfigMap with its configuration files.
        secrets: name of the Secret with its secret files.
    """
    mounted = list(_mounted(workload, stack, config, secrets))
    return core.v1.PodTemplateSpecArgs(
        metadata=meta.v1.ObjectMetaArgs(labels=workload_labels(workload, stack)),
        spec=core.v1.PodSpecArgs(
            # Only what asks the Kubernetes API gets a login to it.
            automount_service_account_token=bool(workload.kubernetes_namespaces),
            service_account_name=workload.name if workload.kubernetes_namespaces else None,
            # Programs would read the variables of each Service, such as LOKI_PORT=tcp://…, as settings.
            enable_service_links=False,
            host_pid=True if workload.host_processes else None,
            node_selector={"kubernetes.io/os": "linux"},
            # Every host means also those that keep other programs away.
            affinity=_apart(workload, stack) if workload.replica_of else None,
            tolerations=[core.v1.TolerationArgs(operator="Exists")] if workload.per_host else None,
            security_context=core.v1.PodSecurityContextArgs(
                run_as_non_root=not workload.root,
                run_as_user=workload.user,
                run_as_group=workload.user,
                fs_group=workload.user,
                fs_group_change_policy="OnRootMismatch",
                sysctls=[core.v1.SysctlArgs(name=name, value=value) for name, value in sorted(workload.sysctls.items())]
                or None,
                seccomp_profile=core.v1.SeccompProfileArgs(type="RuntimeDefault"),
            ),
            termination_grace_period_seconds=workload.stop_seconds,
            containers=[_container(workload, image, [mount for _, mount in mounted])],
            volumes=[volume for volume, _ in mounted] or None,
        ),
    )


def _apart(workload: Workload, stack: str) -> core.v1.AffinityArgs:
    """Another node than those of its other replicas, where there is one. The scheduler keeps them away from it too."""
    replicas = {PART_OF_LABEL: stack_labels(stack)[PART_OF_LABEL], NAME_LABEL: workload.image}
    term = core.v1.PodAffinityTermArgs(
        topology_key="kubernetes.io/hostname", label_selector=meta.v1.LabelSelectorArgs(match_labels=replicas)
    )
    preferred = core.v1.WeightedPodAffinityTermArgs(weight=100, pod_affinity_term=term)
    return core.v1.AffinityArgs(
        pod_anti_affinity=core.v1.PodAntiAffinityArgs(preferred_during_scheduling_ignored_during_execution=[preferred])
    )


def _container(workload: Workload, image: str, mounts: list[core.v1.VolumeMountArgs]) -> core.v1.ContainerArgs:
    limits = workload.limits
    memory = quantity(limits.memory_mebibytes)
    added = sorted(relaxation.what for relaxation in workload.capabilities)
    return core.v1.ContainerArgs(
        name=workload.name,
        image=image,
        image_pull_policy="IfNotPresent",
        command=[_literal(argument) for argument in workload.entrypoint] or None,
        args=[_literal(argument) for argument in workload.args] or None,
        env=[core.v1.EnvVarArgs(name=name, value=_literal(workload.env[name])) for name in sorted(workload.env)]
        or None,
        ports=[
            core.v1.ContainerPortArgs(name=port.name, container_port=port.number, protocol=port.protocol.upper())
            for port in workload.ports
        ]
        or None,
        resources=core.v1.ResourceRequirementsArgs(
            requests={"cpu": cores(limits.cpus * _CPU_REQUEST_SHARE), "memory": memory},
            limits={"cpu": cores(limits.cpus), "memory": memory},
        ),
        security_context=core.v1.SecurityContextArgs(
            allow_privilege_escalation=False,
            privileged=False,
            read_only_root_filesystem=True,
            capabilities=core.v1.CapabilitiesArgs(add=added or None, drop=["ALL"]),
        ),
        startup_probe=_probe(
            workload.probe,
            _START_INTERVAL_SECONDS,
            math.ceil(workload.start_seconds / _START_INTERVAL_SECONDS),
        ),
        readiness_probe=_probe(workload.probe, _PROBE_INTERVAL_SECONDS, _READY_ATTEMPTS),
        liveness_probe=_alive_probe(workload.probe),
        volume_mounts=mounts or None,
    )


def _literal(text: str) -> str:
    """Kubernetes replaces $(NAME) in arguments and environment; two dollars are one."""
    return text.replace("$", "$$")


def _probe(probe: HttpProbe | ExecProbe, interval: int, attempts: int) -> core.v1.ProbeArgs:
    check = core.v1.ProbeArgs(
        period_seconds=interval, timeout_seconds=_PROBE_TIMEOUT_SECONDS, failure_threshold=attempts
    )
    if isinstance(probe, HttpProbe) and probe.password_file is None:
        check.http_get = core.v1.HTTPGetActionArgs(path=probe.path, port=probe.port)
    else:
        check.exec_ = core.v1.ExecActionArgs(command=probe_command(probe))
    return check


def _alive_probe(probe: HttpProbe | ExecProbe) -> core.v1.ProbeArgs:
    """Restart what takes no connections; not what is not ready, which may be for want of its database."""
    if isinstance(probe, ExecProbe):
        return _probe(probe, _PROBE_INTERVAL_SECONDS, _ALIVE_ATTEMPTS)
    return core.v1.ProbeArgs(
        tcp_socket=core.v1.TCPSocketActionArgs(port=probe.port),
        period_seconds=_PROBE_INTERVAL_SECONDS,
        timeout_seconds=_PROBE_TIMEOUT_SECONDS,
        failure_threshold=_ALIVE_ATTEMPTS,
    )


def probe_command(probe: HttpProbe | ExecProbe) -> list[str]:
    """A probe that runs inside the container, with the shell of its image (busybox, in upstream's)."""
    return list(probe.command) if isinstance(probe, ExecProbe) else login_probe(probe)


def _mounted(
    workload: Workload, stack: str, config: str | None, secrets: pulumi.Input[str] | None
) -> Iterator[tuple[core.v1.VolumeArgs, core.v1.VolumeMountArgs]]:
    """Every volume of the pod with the place it is mounted at."""
    for volume in workload.volumes:
        mount = core.v1.VolumeMountArgs(name=volume.name, mount_path=volume.mount_path)
        if workload.per_host:
            path = f"/var/lib/{stack_labels(stack)[PART_OF_LABEL]}/{volume.name}"
            directory = core.v1.HostPathVolumeSourceArgs(path=path, type="DirectoryOrCreate")
            yield core.v1.VolumeArgs(name=volume.name, host_path=directory), mount
        else:
            claim = core.v1.PersistentVolumeClaimVolumeSourceArgs(claim_name=volume.name)
            yield core.v1.VolumeArgs(name=volume.name, persistent_volume_claim=claim), mount
    if workload.config and config is not None:
        files = core.v1.ConfigMapVolumeSourceArgs(
            name=config,
            default_mode=_FILE_MODE,
            items=[core.v1.KeyToPathArgs(key=config_key(path), path=path) for path in sorted(workload.config.files)],
        )
        yield (
            core.v1.VolumeArgs(name="config", config_map=files),
            core.v1.VolumeMountArgs(name="config", mount_path=workload.config.mount_path, read_only=True),
        )
    if secrets is not None:
        yield (
            core.v1.VolumeArgs(
                name="secrets",
                secret=core.v1.SecretVolumeSourceArgs(secret_name=secrets, default_mode=_FILE_MODE),
            ),
            core.v1.VolumeMountArgs(name="secrets", mount_path=SECRETS_DIRECTORY, read_only=True),
        )
    for number, path in enumerate(workload.tmpfs):
        memory = core.v1.EmptyDirVolumeSourceArgs(medium="Memory", size_limit=_TMPFS_SIZE)
        yield (
            core.v1.VolumeArgs(name=f"tmpfs-{number}", empty_dir=memory),
            core.v1.VolumeMountArgs(name=f"tmpfs-{number}", mount_path=path),
        )
    for number, host_mount in enumerate(workload.host_mounts):
        yield (
            core.v1.VolumeArgs(
                name=f"host-{number}", host_path=core.v1.HostPathVolumeSourceArgs(path=host_mount.source)
            ),
            core.v1.VolumeMountArgs(
                name=f"host-{number}",
                mount_path=host_mount.target,
                read_only=True,
                mount_propagation="HostToContainer" if host_mount.follow_mounts else None,
            ),
        )

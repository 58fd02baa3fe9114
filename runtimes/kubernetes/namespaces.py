"""Which namespace a workload runs in: what sees the host has one of its own, so that the rest can be locked down."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from runtimes.kubernetes.settings import KubernetesSettings
from workloads.workload import Workload

# What Pod Security "baseline" lets a container add to nothing.
_BASELINE_CAPABILITIES = {
    *("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD"),
    *("NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"),
}


@dataclass(frozen=True)
class Alias:
    """A workload's name in a namespace that it is not in, for clients that are.

    Attributes:
        server: the workload.
        namespace: where its clients are.
        target: its full DNS name.
    """

    server: Workload
    namespace: str
    target: str


def namespace_of(workload: Workload, settings: KubernetesSettings) -> str:
    """The namespace that the workload runs in."""
    return settings.agents if pod_security_level([workload]) == "privileged" else settings.namespace


def by_namespace(workloads: Iterable[Workload], settings: KubernetesSettings) -> Mapping[str, Sequence[Workload]]:
    """The stack's namespaces, its own first, with the workloads that run in each; none is empty but its own."""
    found: dict[str, list[Workload]] = {settings.namespace: []}
    for workload in workloads:
        found.setdefault(namespace_of(workload, settings), []).append(workload)
    return found


def aliases(workloads: Sequence[Workload], settings: KubernetesSettings) -> Iterator[Alias]:
    """The names that make `collector-gateway:4317` mean the same in every namespace of the stack."""
    homes = {workload.name: namespace_of(workload, settings) for workload in workloads}
    for workload in workloads:
        home = homes[workload.name]
        if workload.ports:
            clients = workload.clients_among(workloads)
            for namespace in sorted({homes[client.name] for client in clients} - {home}):
                yield Alias(workload, namespace, f"{workload.name}.{home}.svc.{settings.cluster_domain}")


def pod_security_level(workloads: Iterable[Workload]) -> str:
    """The strictest Pod Security level that admits every workload."""
    strictest = "restricted"
    for workload in workloads:
        capabilities = {relaxation.what for relaxation in workload.capabilities}
        sees_host = workload.host_mounts or workload.host_processes or (workload.per_host and workload.volumes)
        if sees_host or capabilities - _BASELINE_CAPABILITIES:
            return "privileged"
        if workload.root or capabilities:
            strictest = "baseline"
    return strictest

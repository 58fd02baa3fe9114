"""Who may connect to whom, and what the namespace allows its pods: derived from the workloads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pulumi_kubernetes import meta, networking

from runtimes.kubernetes.objects import selector_labels
from workloads.workload import Port, Workload

# What Pod Security "baseline" lets a container add to nothing.
_BASELINE_CAPABILITIES = {
    *("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD"),
    *("NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"),
}


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


def ingress_policies(workloads: Sequence[Workload]) -> dict[str, networking.v1.NetworkPolicySpecArgs]:
    """Nobody may connect to anything, but each workload's clients to its ports. Egress stays open.

    A port for people or applications is open to the pods of every namespace: that is where applications send
    telemetry from and where an ingress controller runs.
    """
    by_name = {workload.name: workload for workload in workloads}
    policies = {
        "default-deny-ingress": networking.v1.NetworkPolicySpecArgs(
            pod_selector=meta.v1.LabelSelectorArgs(), policy_types=["Ingress"]
        )
    }
    for workload in workloads:
        rules = _rules(workload, [by_name[client] for client in workload.clients if client in by_name])
        if rules:
            policies[workload.name] = networking.v1.NetworkPolicySpecArgs(
                pod_selector=_pods(workload), policy_types=["Ingress"], ingress=rules
            )
    return policies


def _rules(workload: Workload, clients: Iterable[Workload]) -> list[networking.v1.NetworkPolicyIngressRuleArgs]:
    published = [port for port in workload.ports if port.reach != "stack"]
    every_namespace = networking.v1.NetworkPolicyPeerArgs(namespace_selector=meta.v1.LabelSelectorArgs())
    peers = [networking.v1.NetworkPolicyPeerArgs(pod_selector=_pods(client)) for client in clients]
    return [
        networking.v1.NetworkPolicyIngressRuleArgs(from_=sources, ports=_ports(ports))
        # A rule without sources or without ports would allow all of them.
        for sources, ports in ((peers, workload.ports), ([every_namespace], published))
        if sources and ports
    ]


def _pods(workload: Workload) -> meta.v1.LabelSelectorArgs:
    return meta.v1.LabelSelectorArgs(match_labels=selector_labels(workload))


def _ports(ports: Iterable[Port]) -> list[networking.v1.NetworkPolicyPortArgs]:
    return [networking.v1.NetworkPolicyPortArgs(port=port.number, protocol=port.protocol.upper()) for port in ports]

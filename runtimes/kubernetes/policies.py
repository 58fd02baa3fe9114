"""Who may connect to whom: derived from the workloads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pulumi_kubernetes import meta, networking

from runtimes.kubernetes.namespaces import by_namespace, namespace_of
from runtimes.kubernetes.objects import selector_labels
from runtimes.kubernetes.settings import KubernetesSettings
from workloads.workload import INSIDE, Port, Workload


@dataclass(frozen=True)
class Policy:
    """One NetworkPolicy; `name` is what it is called in its namespace."""

    namespace: str
    name: str
    spec: networking.v1.NetworkPolicySpecArgs


def ingress_policies(workloads: Sequence[Workload], settings: KubernetesSettings) -> list[Policy]:
    """Nobody may connect to anything, but each workload's clients to its ports. Egress stays open.

    A port for people or applications is open to the pods of every namespace: that is where applications send
    telemetry from and where an ingress controller runs.
    """
    deny = networking.v1.NetworkPolicySpecArgs(pod_selector=meta.v1.LabelSelectorArgs(), policy_types=["Ingress"])
    policies = [Policy(namespace, "default-deny-ingress", deny) for namespace in by_namespace(workloads, settings)]
    homes = {workload.name: namespace_of(workload, settings) for workload in workloads}
    for workload in workloads:
        rules = _rules(workload, workloads, homes)
        if rules:
            spec = networking.v1.NetworkPolicySpecArgs(
                pod_selector=_pods(workload), policy_types=["Ingress"], ingress=rules
            )
            policies.append(Policy(homes[workload.name], workload.name, spec))
    return policies


def _rules(
    workload: Workload, workloads: Sequence[Workload], homes: Mapping[str, str]
) -> list[networking.v1.NetworkPolicyIngressRuleArgs]:
    def pods(of: Iterable[Workload]) -> list[networking.v1.NetworkPolicyPeerArgs]:
        return [_peer(client, homes[client.name], homes[workload.name]) for client in of]

    every_namespace = networking.v1.NetworkPolicyPeerArgs(namespace_selector=meta.v1.LabelSelectorArgs())
    allowed = (
        (pods(workload.clients_among(workloads)), [port for port in workload.ports if port.reach != "replicas"]),
        (pods(workload.replicas_among(workloads)), [port for port in workload.ports if port.reach == "replicas"]),
        ([every_namespace], [port for port in workload.ports if port.reach not in INSIDE]),
    )
    return [
        networking.v1.NetworkPolicyIngressRuleArgs(from_=sources, ports=_ports(ports))
        # A rule without sources or without ports would allow all of them.
        for sources, ports in allowed
        if sources and ports
    ]


def _peer(client: Workload, home: str, servers_home: str) -> networking.v1.NetworkPolicyPeerArgs:
    """The client's pods; without a namespace those of the policy's own are meant."""
    namespace = meta.v1.LabelSelectorArgs(match_labels={"kubernetes.io/metadata.name": home})
    return networking.v1.NetworkPolicyPeerArgs(
        pod_selector=_pods(client), namespace_selector=None if home == servers_home else namespace
    )


def _pods(workload: Workload) -> meta.v1.LabelSelectorArgs:
    return meta.v1.LabelSelectorArgs(match_labels=selector_labels(workload))


def _ports(ports: Iterable[Port]) -> list[networking.v1.NetworkPolicyPortArgs]:
    return [networking.v1.NetworkPolicyPortArgs(port=port.number, protocol=port.protocol.upper()) for port in ports]

"""Pods in namespaces of their own: one for what sees the hosts and one for the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pulumi
import pulumi_kubernetes

from components.names import front_endpoints, sender_endpoints
from runtimes.capture import CapturedResource
from runtimes.kind import RuntimeKind
from runtimes.kubernetes import operations
from runtimes.kubernetes.claims import shrinking
from runtimes.kubernetes.health import connect
from runtimes.kubernetes.render import manifests
from runtimes.kubernetes.runtime import KubernetesRuntime
from runtimes.kubernetes.settings import kubernetes_settings
from settings.errors import Mistake
from settings.model import StackSettings
from workloads.place import Place
from workloads.program import Program


def _place(settings: StackSettings) -> Place:
    """The address of each Service inside the cluster: what lies in front of them only the settings can say."""
    section = kubernetes_settings(settings)
    namespace = section.namespace
    return Place(
        urls={
            endpoint.workload: f"http://{endpoint.workload}.{namespace}.svc:{endpoint.port}"
            for endpoint in front_endpoints()
        },
        senders={
            endpoint.name: f"http://{endpoint.workload}.{namespace}.svc:{endpoint.port}"
            for endpoint in sender_endpoints()
        },
        log_format="cri",
        log_directory="/var/log/pods",
        commands="kubernetes",
        words={"namespace": namespace, "agents-namespace": section.agents},
    )


def _provider(settings: StackSettings) -> pulumi.ProviderResource:
    """The cluster that the kubeconfig's context names."""
    return pulumi_kubernetes.Provider("kubernetes", context=kubernetes_settings(settings).context)


def _runtime(program: Program, *, rendered: bool) -> KubernetesRuntime:
    """Deploys pods, and what they need, into the stack's namespaces: the same, rendered or not."""
    settings, stack = program.settings, program.plan.stack
    section = kubernetes_settings(settings)
    return KubernetesRuntime(program.name, section, stack, program.images, protect_data=settings.protect_data)


def _render(_program: Program, captured: Sequence[CapturedResource]) -> Mapping[str, str]:
    """Manifests for `kubectl apply -k`."""
    return manifests(captured)


def _impossible(program: Program, made: Sequence[Mapping[str, Any]]) -> Iterator[Mistake]:
    """Volumes that would have to shrink."""
    return shrinking(program.workloads, kubernetes_settings(program.settings), made)


KIND = RuntimeKind(
    place=_place,
    provider=_provider,
    runtime=_runtime,
    render=_render,
    tree=(
        "The manifests can be applied with `kubectl apply --server-side -k .` once the files of"
        " `secrets.md` are under `secrets/<workload>/`; kustomize names the first that is missing."
    ),
    renders_content=False,
    operations=operations,
    health=connect,
    impossible=_impossible,
)

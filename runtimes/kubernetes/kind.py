"""Pods in a namespace of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_kubernetes

from components.names import front_endpoints
from runtimes.capture import CapturedResource
from runtimes.kind import RuntimeKind
from runtimes.kubernetes import operations
from runtimes.kubernetes.health import connect
from runtimes.kubernetes.render import manifests
from runtimes.kubernetes.runtime import KubernetesRuntime
from runtimes.kubernetes.settings import kubernetes_settings
from settings.model import StackSettings
from workloads.place import Place
from workloads.program import Program


def _place(settings: StackSettings) -> Place:
    """The address of each Service inside the cluster: what lies in front of them only the settings can say."""
    namespace = kubernetes_settings(settings).namespace
    return Place(
        urls={
            endpoint.component: f"http://{endpoint.component}.{namespace}.svc:{endpoint.port}"
            for endpoint in front_endpoints()
        }
    )


def _provider(settings: StackSettings) -> pulumi.ProviderResource:
    """The cluster that the kubeconfig's context names."""
    return pulumi_kubernetes.Provider("kubernetes", context=kubernetes_settings(settings).context)


def _runtime(program: Program, *, rendered: bool) -> KubernetesRuntime:
    """Deploys pods, and what they need, into one namespace: the same, rendered or not."""
    return KubernetesRuntime(kubernetes_settings(program.settings), program.plan.stack, program.images)


def _render(_program: Program, captured: Sequence[CapturedResource]) -> Mapping[str, str]:
    """Manifests for `kubectl apply -k`."""
    return manifests(captured)


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
)

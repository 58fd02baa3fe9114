"""The Kubernetes runtime: one namespace of a cluster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pulumi

from components.names import endpoints
from runtimes.capture import CapturedResource
from runtimes.health import Health
from runtimes.kind import RuntimeKind
from runtimes.kubernetes import operations
from runtimes.kubernetes.health import connect
from runtimes.kubernetes.settings import KubernetesSettings, kubernetes_settings
from runtimes.operations import FindEngine, Target
from settings.model import StackSettings
from workloads.place import Place
from workloads.program import Program
from workloads.runtime import Runtime


class KubernetesKind(RuntimeKind):
    """Pods in a namespace of their own."""

    name = "kubernetes"
    settings = KubernetesSettings
    renders_content = False
    tree = (
        "The manifests can be applied with `kubectl apply --server-side -k .` once the files of"
        " `secrets.md` are under `secrets/<workload>/`; kustomize names the first that is missing."
    )

    def place(self, settings: StackSettings) -> Place:
        """The address of each Service inside the cluster: what lies in front of them only the settings can say."""
        namespace = kubernetes_settings(settings).namespace
        return Place(
            urls={
                endpoint.component: f"http://{endpoint.component}.{namespace}.svc:{endpoint.port}"
                for endpoint in endpoints()
                if endpoint.reach == "people"
            }
        )

    def provider(self, settings: StackSettings) -> pulumi.ProviderResource:
        """The cluster that the kubeconfig's context names."""
        import pulumi_kubernetes

        return pulumi_kubernetes.Provider("kubernetes", context=kubernetes_settings(settings).context)

    def runtime(self, program: Program, *, rendered: bool) -> Runtime:
        """Deploys pods, and what they need, into one namespace."""
        # Only here: a stack on another runtime does not need the provider's SDK.
        from runtimes.kubernetes.runtime import KubernetesRuntime

        return KubernetesRuntime(kubernetes_settings(program.settings), program.plan.stack, program.images)

    def render(self, program: Program, captured: Sequence[CapturedResource]) -> Mapping[str, str]:
        """Manifests for `kubectl apply -k`."""
        from runtimes.kubernetes.render import manifests

        return manifests(captured)

    def up(self, target: Target, find_engine: FindEngine) -> tuple[Target, bool]:
        """Bring the stack up by the engine."""
        return operations.up(target, find_engine)

    def prepare(self, target: Target) -> None:
        """Nothing: the cluster's nodes pull images themselves."""

    def down(self, target: Target) -> None:
        """Refuse, and say what to do instead."""
        operations.down(target)

    def destroy(self, target: Target) -> bool:
        """Nothing here comes up without an engine."""
        return False

    def remove_leftovers(self, target: Target) -> None:
        """Nothing: the engine knows every object it made."""

    def passwords(self, target: Target) -> Iterator[str]:
        """They are in Secrets."""
        return operations.passwords(target)

    def health(self, program: Program) -> Health:
        """The cluster, as kubectl tells."""
        return connect(program)


RUNTIME = KubernetesKind()

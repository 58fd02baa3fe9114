"""A stack's objects on its cluster, as kubectl tells; nothing is changed."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.endpoints import Endpoint
from runtimes.console import counted, quoted
from runtimes.health import Api, CouldNotRunError, Exposure, NoAnswerError, NoWayError, WorkloadHealth, up_command
from runtimes.kubernetes.namespaces import namespace_of
from runtimes.kubernetes.settings import KubernetesSettings, kubernetes_settings
from workloads.program import Program

_ANSWER_SECONDS = 30
_CONTROLLERS = "deployments,statefulsets,daemonsets"
Kubectl = Callable[[str, Sequence[str]], Any]
"""Runs kubectl in a namespace with these arguments and returns what it prints, parsed from JSON."""
# Services that nothing outside the cluster can reach: an address of their own, or another name for a Service.
_INSIDE = ("ClusterIP", "ExternalName")


@dataclass(frozen=True)
class KubernetesHealth:
    """A stack in its namespaces. Its programs cannot be asked from here: nothing is published outside the cluster.

    Attributes:
        homes: the namespace of every workload.
    """

    stack: str
    settings: KubernetesSettings
    homes: Mapping[str, str]
    kubectl: Kubectl
    confinement: str = "inside the cluster only"

    def require_up(self, workloads: Iterable[str]) -> None:
        """See that the namespace has one of the workloads."""
        if not set(workloads) & self._controllers().keys():
            namespaces, up = " and ".join(self._namespaces()), up_command(self.stack)
            raise CouldNotRunError(f"Stack {self.stack} is not up: nothing of it is in {namespaces}. Run {up}.")

    def workloads(self, names: Iterable[str]) -> dict[str, WorkloadHealth]:
        """Whether each workload has all the ready pods that it wants, of its current version."""
        found = self._controllers()
        return {name: self._workload(name, found.get(name)) for name in names}

    def _controllers(self) -> dict[str, Mapping[str, Any]]:
        return {item["metadata"]["name"]: item for item in self._listed(_CONTROLLERS)}

    def _listed(self, kinds: str) -> list[Mapping[str, Any]]:
        """Objects of every namespace of the stack."""
        namespaces = self._namespaces()
        return [item for name in namespaces for item in self.kubectl(name, ("get", kinds, "--output=json"))["items"]]

    def _namespaces(self) -> list[str]:
        return sorted(set(self.homes.values()))

    def _workload(self, name: str, controller: Mapping[str, Any] | None) -> WorkloadHealth:
        if controller is None:
            return WorkloadHealth("broken", f"nothing of that name exists: run {up_command(self.stack)}.")
        status, kind = controller.get("status", {}), str(controller["kind"])
        if kind == "DaemonSet":
            wanted, ready = status.get("desiredNumberScheduled", 0), status.get("numberReady", 0)
            updated = status.get("updatedNumberScheduled", 0)
        else:
            wanted, ready = controller["spec"]["replicas"], status.get("readyReplicas", 0)
            updated = status.get("updatedReplicas", 0)
        seen = status.get("observedGeneration", 0) >= controller["metadata"]["generation"]
        if seen and wanted and ready == updated == wanted:
            return WorkloadHealth("healthy", f"{kind} has {counted(wanted, 'ready pod')}")
        if seen and not wanted:
            return WorkloadHealth("broken", f"{kind} wants no pod: run {up_command(self.stack)}.")
        told = f"{kind} has {ready} of {counted(wanted, 'ready pod')}, {updated} of its current version"
        return WorkloadHealth("waiting", f"{told}: {self._pods('describe pods', name)} says why.")

    def unread_logs(self) -> Sequence[str]:
        """None: the kubelet has one format of files, and pods have no log drivers."""
        return ()

    def exposure(self) -> Exposure:
        """Services that are reachable from outside the cluster."""
        services = self._listed("services")
        return Exposure(
            counted(len(services), "Service"),
            tuple(
                f"Service {service['metadata']['name']} has type {service['spec']['type']}"
                for service in services
                if service["spec"]["type"] not in _INSIDE
            ),
        )

    def api(self, endpoint: Endpoint) -> Api:
        """None: verification forwards no ports into the cluster."""
        raise NoWayError(self._no_way(endpoint))

    def address(self, endpoint: Endpoint) -> str:
        """None: nothing is published outside the cluster."""
        raise NoWayError(self._no_way(endpoint))

    def _no_way(self, endpoint: Endpoint) -> str:
        return (
            f"{endpoint.workload} is not reachable from outside the cluster, and verify forwards no ports:"
            f" `{self.settings.kubectl(self.homes[endpoint.workload])} port-forward service/{endpoint.workload}"
            f" {endpoint.port}` does."
        )

    def password(self, workload: str, file: str) -> str:
        """Refused: it is in a Secret, which verification does not read."""
        raise NoWayError(f"the passwords of {workload} are in a Secret, which verify does not read.")

    def logs(self, workload: str) -> str:
        """The command that shows what a workload's pods said."""
        return self._pods("logs", workload)

    def _pods(self, command: str, workload: str) -> str:
        kubectl = self.settings.kubectl(self.homes[workload])
        return f"{kubectl} {command} -l app.kubernetes.io/instance={workload}"


def connect(program: Program) -> KubernetesHealth:
    """The stack on the cluster that its settings name."""
    settings = kubernetes_settings(program.settings)
    homes = {workload.name: namespace_of(workload, settings) for workload in program.workloads}
    return KubernetesHealth(
        program.plan.stack,
        settings,
        homes,
        lambda namespace, arguments: _kubectl(settings.context, namespace, arguments),
    )


def _kubectl(context: str | None, namespace: str, arguments: Sequence[str]) -> Any:
    chosen = [f"--context={context}"] if context else []
    command = ["kubectl", *chosen, f"--namespace={namespace}", f"--request-timeout={_ANSWER_SECONDS}s"]
    try:
        done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise CouldNotRunError("kubectl is not on the PATH: install it, then run this again.") from None
    if done.returncode:
        # Its last line is a sentence for people; what its libraries logged on the way stands above.
        said = quoted((done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1])
        raise NoAnswerError(f"the cluster does not answer ({said}): check the kubeconfig's context.")
    return json.loads(done.stdout)

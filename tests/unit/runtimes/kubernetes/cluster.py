"""A cluster that is not there: what kubectl would print about a stack's objects."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workloads.workload import Workload

# Prints the file that is called after what is asked for, and keeps the arguments.
_KUBECTL = """#!/bin/sh
echo "$@" >> "{folder}/asked"
case "$*" in *-agents*) echo '{{"items": []}}'; exit 0;; esac
for argument in "$@"; do
    if [ -f "{folder}/$argument.json" ]; then cat "{folder}/$argument.json"; exit 0; fi
done
cat "{folder}/refusal" >&2
exit 1
"""


def controller(name: str, kind: str = "Deployment", *, replicas: int = 1, generation: int = 2) -> dict[str, Any]:
    """A Deployment or StatefulSet all of whose pods are ready."""
    return {
        "kind": kind,
        "metadata": {"name": name, "generation": generation},
        "spec": {"replicas": replicas},
        "status": {"observedGeneration": generation, "readyReplicas": replicas, "updatedReplicas": replicas},
    }


def daemon_set(name: str, *, nodes: int = 3, generation: int = 1) -> dict[str, Any]:
    """A DaemonSet with a ready pod on each node."""
    counts = {"desiredNumberScheduled": nodes, "numberReady": nodes, "updatedNumberScheduled": nodes}
    return {
        "kind": "DaemonSet",
        "metadata": {"name": name, "generation": generation},
        "spec": {},
        "status": {"observedGeneration": generation, **counts},
    }


def service(name: str, type_: str = "ClusterIP") -> dict[str, Any]:
    return {"metadata": {"name": name}, "spec": {"type": type_}}


@dataclass
class Cluster:
    """Controllers and Services by name, all in one namespace; a test changes what is there."""

    controllers: dict[str, dict[str, Any]] = field(default_factory=dict)
    services: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, workloads: Iterable[Workload]) -> Cluster:
        """Everything of a stack, ready."""
        names = {workload.name: workload.per_host for workload in workloads}
        return cls(
            {name: daemon_set(name) if per_host else controller(name) for name, per_host in names.items()},
            {name: service(name) for name in names},
        )

    def kubectl(self, namespace: str, arguments: Iterable[str]) -> Any:
        """What the command would print, parsed."""
        verb, what, output = arguments
        assert (verb, output) == ("get", "--output=json")
        found = {"deployments,statefulsets,daemonsets": self.controllers, "services": self.services}[what]
        return {"items": [] if namespace.endswith("-agents") else list(found.values())}

    def install(self, folder: Path, refusal: str = "no such thing") -> Path:
        """Write an executable `kubectl` that prints what is there now; returns the file of what it was asked."""
        folder.mkdir(exist_ok=True)
        for name, found in (("deployments,statefulsets,daemonsets", self.controllers), ("services", self.services)):
            if found:
                (folder / f"{name}.json").write_text(json.dumps({"items": list(found.values())}), encoding="utf-8")
        (folder / "refusal").write_text(refusal, encoding="utf-8")
        program = folder / "kubectl"
        program.write_text(_KUBECTL.format(folder=folder), encoding="utf-8")
        program.chmod(0o755)
        return folder / "asked"

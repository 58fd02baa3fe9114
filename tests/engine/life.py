"""A stack's life on a cluster, and what the cluster has of it at any moment."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.engine.cluster import Cluster
from tests.engine.stack import STACK, EngineStack

NAMESPACES = ("monitoring", "monitoring-agents")
_KINDS = (
    "namespaces,services,configmaps,secrets,persistentvolumeclaims,networkpolicies,serviceaccounts,"
    "deployments,statefulsets,daemonsets"
)
_WAIT_SECONDS = 60.0
Object = tuple[str, str, str]
"""Kind, namespace and name."""


@dataclass(frozen=True)
class Life:
    """A stack and its cluster."""

    stack: EngineStack
    cluster: Cluster

    def interrupted(self, how: signal.Signals) -> tuple[int, str]:
        """`make up`, ended by a signal once the cluster has something of it; its status and what it said."""
        already = len(self.versions())
        with self.stack.started("up") as process:
            deadline = time.monotonic() + _WAIT_SECONDS
            while len(self.versions()) < already + 5:
                assert process.poll() is None, process.communicate()[1]
                assert time.monotonic() < deadline, "nothing was created"
                time.sleep(0.2)
            os.killpg(process.pid, how)
            said = process.communicate(timeout=_WAIT_SECONDS)[1]
        # What it had started dies a moment later, and people take longer than that to start the next.
        time.sleep(2)
        return process.returncode, said

    def versions(self) -> dict[Object, str]:
        """Every object of the stack, with what is another value once somebody has changed it."""
        found = self.cluster.objects(_KINDS, "--all-namespaces", f"-l=app.kubernetes.io/part-of=monitoring-{STACK}")
        return {
            (item["kind"], item["metadata"].get("namespace", ""), item["metadata"]["name"]): _version(item)
            for item in found
        }


def _version(item: Mapping[str, Any]) -> str:
    """Which object it is, and how it was asked to be: its status comes and goes."""
    metadata = item["metadata"]
    asked = {key: value for key, value in item.items() if key not in ("status", "metadata")}
    return repr((metadata["uid"], metadata.get("labels"), asked))


def changed(before: Mapping[Object, str], after: Mapping[Object, str]) -> set[str]:
    """`StatefulSet prometheus` of what is new, gone or different; the ends of names that follow content are cut."""
    different = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    return {f"{kind} {_stem(kind, name)}" for kind, _, name in different}


def _stem(kind: str, name: str) -> str:
    return name.rpartition("-")[0] if kind in ("ConfigMap", "Secret") else name

"""A stack's life on a cluster, through the commands that people use, and what the cluster has of it at any moment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from operations.down import destroy
from operations.up import up
from tests.engine.cluster import Cluster

ROOT = Path(__file__).resolve().parents[2]
STACK = "engine"
NAMESPACES = ("monitoring", "monitoring-agents")
_KINDS = (
    "namespaces,services,configmaps,secrets,persistentvolumeclaims,networkpolicies,serviceaccounts,"
    "deployments,statefulsets,daemonsets"
)
_WAIT_SECONDS = 60.0
Edit = Callable[[dict[str, Any]], object]
"""Changes the `config` of a stack file."""
Object = tuple[str, str, str]
"""Kind, namespace and name."""


@dataclass(frozen=True)
class Life:
    """A stack whose file can be changed, and its cluster."""

    cluster: Cluster
    file: Path

    def edit(self, change: Edit) -> None:
        """Change the stack file."""
        document = yaml.safe_load(self.file.read_text(encoding="utf-8"))
        change(document["config"])
        self.file.write_text(yaml.safe_dump(document), encoding="utf-8")

    def up(self, change: Edit | None = None) -> bool:
        """`make up`, without its verification; whether anything had to change."""
        if change:
            self.edit(change)
        before = self.versions()
        up(STACK, self.file)
        return self.versions() != before

    def destroy(self) -> None:
        """`make destroy`."""
        destroy(STACK, self.file)

    def started(self, command: str) -> subprocess.Popen[str]:
        """A command as people start it, in a process group of its own."""
        arguments = [sys.executable, "-m", "operations", command, "--stack", STACK, "--file", str(self.file)]
        return subprocess.Popen(
            arguments, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )

    def interrupted(self, how: signal.Signals) -> tuple[int, str]:
        """`make up`, ended by a signal once the cluster has something of it; its status and what it said."""
        already = len(self.versions())
        with self.started("up") as process:
            deadline = time.monotonic() + _WAIT_SECONDS
            while len(self.versions()) < already + 5:
                assert process.poll() is None, process.communicate()[1]
                assert time.monotonic() < deadline, "nothing was created"
                time.sleep(0.2)
            os.killpg(process.pid, how)
            said = process.communicate(timeout=_WAIT_SECONDS)[1]
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

"""A Kubernetes cluster on loopback without machines: a real control plane, and kwok in place of nodes and pods.

Every port is free when it is taken, every credential lasts as long as the cluster, and nothing is left running.
"""

from __future__ import annotations

import json
import secrets
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from images.build import tool_cached
from tests.waiting import free_ports

PROGRAMS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl", "kwok")
NODE = "node-1"
STORAGE_CLASS = "static"
_STAGES = Path(__file__).with_name("kwok.yaml")
_VOLUMES = 40
_START_SECONDS = 60.0
_STOP_SECONDS = 20.0


class ClusterError(Exception):
    """A program of the cluster did not start, or kubectl failed; the text has its last words."""


@dataclass(frozen=True)
class Cluster:
    """A running cluster and the way to it."""

    kubeconfig: Path
    program: Path

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """What kubectl printed.

        Raises:
            ClusterError: with what it complained about.
        """
        command = [str(self.program), f"--kubeconfig={self.kubeconfig}", *arguments]
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=300, check=False)
        if done.returncode:
            raise ClusterError(f"kubectl {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout

    def apply(self, *objects: Mapping[str, Any]) -> None:
        """Create the objects, or change those that are there."""
        self.kubectl("apply", "--server-side", "-f", "-", stdin=yaml.safe_dump_all(objects))

    def objects(self, *arguments: str) -> list[dict[str, Any]]:
        """The objects that `kubectl get` finds."""
        found: list[dict[str, Any]] = json.loads(self.kubectl("get", "-o", "json", *arguments))["items"]
        return found


def missing_programs() -> list[str]:
    """The programs that are not compiled yet, by the name that `python -m images tool` takes."""
    return [name for name in PROGRAMS if tool_cached(name) is None]


@contextmanager
def running_cluster(folder: Path) -> Iterator[Cluster]:
    """Start a cluster that keeps its data, credentials and logs in `folder`, and stop it at the end.

    It has one node, a default storage class whose claims are bound once a pod uses them, and volumes for 40 claims of
    up to 1 Ti each.

    Raises:
        ClusterError: a program is not compiled, or did not start.
    """
    programs = {name: path for name in PROGRAMS if (path := tool_cached(name))}
    if absent := missing_programs():
        raise ClusterError(f"Not compiled: {', '.join(absent)}; python -m images tool NAME compiles one.")
    etcd_url, peer_url = (f"http://127.0.0.1:{port}" for port in free_ports(2))
    (port,) = free_ports(1)
    token = secrets.token_urlsafe(32)
    tokens = folder / "tokens.csv"
    tokens.touch(mode=0o600)
    tokens.write_text(f'{token},tester,tester,"system:masters"\n', encoding="utf-8")
    certificate, key = folder / "tls" / "apiserver.crt", folder / "tls" / "apiserver.key"
    kubeconfig = _kubeconfig(folder, f"https://127.0.0.1:{port}", certificate, token)
    cluster = Cluster(kubeconfig, programs["kubectl"])
    # Stopped in reverse order: an API server whose etcd is gone waits for it for a minute.
    with ExitStack() as stack:

        def start(name: str, *arguments: str) -> subprocess.Popen[bytes]:
            return stack.enter_context(_running(name, [str(programs[name]), *arguments], folder))

        etcd = start(
            "etcd",
            f"--data-dir={folder / 'etcd'}",
            f"--listen-client-urls={etcd_url}",
            f"--advertise-client-urls={etcd_url}",
            f"--listen-peer-urls={peer_url}",
            f"--initial-advertise-peer-urls={peer_url}",
            f"--initial-cluster=default={peer_url}",
            "--unsafe-no-fsync",
        )
        api_server = start(
            "kube-apiserver",
            f"--etcd-servers={etcd_url}",
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            f"--secure-port={port}",
            # It makes its certificate there itself, before it reads the key for service accounts: one key for both.
            f"--cert-dir={certificate.parent}",
            f"--service-account-key-file={key}",
            f"--service-account-signing-key-file={key}",
            f"--service-account-issuer=https://127.0.0.1:{port}",
            "--service-cluster-ip-range=10.0.0.0/24",
            f"--token-auth-file={tokens}",
            "--authorization-mode=Node,RBAC",
            # Its address would have to be one that pods reach, and loopback is refused.
            "--endpoint-reconciler-type=none",
        )
        _wait(lambda: cluster.kubectl("get", "--raw=/readyz") == "ok", "the API server", (etcd, api_server), folder)
        controllers = start(
            "kube-controller-manager",
            f"--kubeconfig={kubeconfig}",
            f"--service-account-private-key-file={key}",
            f"--root-ca-file={certificate}",
            "--leader-elect=false",
            "--secure-port=0",
        )
        scheduler = start("kube-scheduler", f"--kubeconfig={kubeconfig}", "--leader-elect=false", "--secure-port=0")
        kwok = start(
            "kwok",
            f"--kubeconfig={kubeconfig}",
            f"--config={_STAGES}",
            "--manage-all-nodes",
            # A node that is not heard of for 50 s counts as gone, and its pods as not ready.
            "--node-lease-duration-seconds=40",
        )
        cluster.apply(*_objects(folder))
        started = (etcd, api_server, controllers, scheduler, kwok)
        _wait(lambda: _is_usable(cluster), "the node", started, folder)
        yield cluster


def _is_usable(cluster: Cluster) -> bool:
    """Whether pods can be created: the node is ready, and the namespace has the account that they run as."""
    (node,) = cluster.objects("nodes")
    ready = {found["type"]: found["status"] for found in node["status"].get("conditions", ())}.get("Ready") == "True"
    return ready and not node["spec"].get("taints") and bool(cluster.objects("serviceaccounts"))


def _objects(folder: Path) -> Iterator[dict[str, Any]]:
    yield {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": NODE, "labels": {"kubernetes.io/hostname": NODE, "kubernetes.io/os": "linux"}},
    }
    yield {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {
            "name": STORAGE_CLASS,
            "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
        },
        "provisioner": "kubernetes.io/no-provisioner",
        "volumeBindingMode": "WaitForFirstConsumer",
    }
    for number in range(_VOLUMES):
        yield {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": f"volume-{number}"},
            "spec": {
                "storageClassName": STORAGE_CLASS,
                "capacity": {"storage": "1Ti"},
                "accessModes": ["ReadWriteOnce"],
                "persistentVolumeReclaimPolicy": "Retain",
                # Nothing is ever written there: no container runs.
                "hostPath": {"path": str(folder / "volumes" / str(number))},
            },
        }


def _kubeconfig(folder: Path, server: str, certificate: Path, token: str) -> Path:
    path = folder / "kubeconfig"
    path.touch(mode=0o600)
    named = "cluster"
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": named, "cluster": {"server": server, "certificate-authority": str(certificate)}}],
        "users": [{"name": named, "user": {"token": token}}],
        "contexts": [{"name": named, "context": {"cluster": named, "user": named}}],
        "current-context": named,
    }
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    return path


@contextmanager
def _running(name: str, command: Sequence[str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    with _log(folder, name).open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(timeout=_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(is_there: Callable[[], bool], what: str, needed: Sequence[subprocess.Popen[bytes]], folder: Path) -> None:
    """Wait until something answers, and not in vain for a program that has ended."""
    deadline = time.monotonic() + _START_SECONDS
    why = "it does not answer"
    while time.monotonic() < deadline:
        for process in needed:
            if process.poll() is not None:
                name = Path(str(process.args[0])).name  # type: ignore[index]  # the list that _running was given
                words = _log(folder, name).read_text(encoding="utf-8", errors="replace").strip().splitlines()[-3:]
                raise ClusterError(f"{name} has ended with status {process.returncode}: {' '.join(words)}")
        try:
            if is_there():
                return
        except ClusterError as error:
            why = str(error)
        time.sleep(0.2)
    raise ClusterError(f"Waited {_START_SECONDS:.0f} s for {what}: {why}; its log is in {folder}.")


def _log(folder: Path, name: str) -> Path:
    return folder / f"{name}.log"

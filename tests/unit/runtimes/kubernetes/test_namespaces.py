"""The two namespaces of a stack: who is in which, how strict each is, and the names across them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runtimes.kubernetes.namespaces import pod_security_level
from runtimes.kubernetes.settings import KubernetesSettings
from tests.unit.runtimes.kubernetes.registered import AGENT, PLAIN, REASON, STORING, inputs_of, run
from workloads.workload import HostMount, Relaxation, Workload


@pytest.mark.parametrize(
    ("workload", "level"),
    [
        (PLAIN, "restricted"),
        (replace(PLAIN, user=0, root=Relaxation("root", REASON)), "baseline"),
        (replace(PLAIN, capabilities=(Relaxation("CHOWN", REASON),)), "baseline"),
        (replace(PLAIN, capabilities=(Relaxation("NET_RAW", REASON),)), "privileged"),
        (replace(PLAIN, host_mounts=(HostMount("/", "/host", REASON),)), "privileged"),
        (replace(PLAIN, host_processes=Relaxation("host PID namespace", REASON)), "privileged"),
        (replace(STORING, per_host=True, user=0, root=Relaxation("root", REASON)), "privileged"),
    ],
)
def test_pod_security_is_the_strictest_that_admits_every_workload(workload: Workload, level: str) -> None:
    assert pod_security_level([PLAIN, workload]) == level


def test_the_namespace_is_the_settings_and_names_its_pod_security() -> None:
    namespace = inputs_of(PLAIN, "Namespace", "watch", settings=KubernetesSettings(namespace="watch"))
    assert namespace["metadata"] == {
        "name": "watch",
        "annotations": {"pulumi.com/patchForce": "true"},
        "labels": {
            "app.kubernetes.io/managed-by": "pulumi",
            "app.kubernetes.io/part-of": "monitoring-test",
            "pod-security.kubernetes.io/audit": "restricted",
            "pod-security.kubernetes.io/enforce": "restricted",
            "pod-security.kubernetes.io/warn": "restricted",
        },
    }


def test_what_sees_the_host_is_in_a_namespace_of_its_own_with_all_that_belongs_to_it() -> None:
    resources = run([PLAIN, AGENT])
    homes = {
        key: found.inputs["metadata"].get("namespace")
        for key, found in resources.items()
        if found.type.startswith("kubernetes:") and key[0] not in ("Namespace", "NetworkPolicy")
    }
    assert set(homes.values()) == {"monitoring", "monitoring-agents"}
    assert {name for (_, name), home in homes.items() if home == "monitoring"} == {"loki"}
    levels = {
        name: found.inputs["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
        for (kind, name), found in resources.items()
        if kind == "Namespace"
    }
    assert levels == {"monitoring": "restricted", "agents": "privileged"}


def test_the_agents_namespace_warns_of_nothing_that_it_admits() -> None:
    labels = run([PLAIN, AGENT])["Namespace", "agents"].inputs["metadata"]["labels"]
    levels = {key.rpartition("/")[2]: level for key, level in labels.items() if key.startswith("pod-security")}
    assert levels == {"enforce": "privileged", "warn": "privileged", "audit": "restricted"}


def test_the_agents_namespace_is_the_settings() -> None:
    settings = KubernetesSettings(namespace="watch", agents_namespace="hosts")
    resources = run([PLAIN, AGENT], settings)
    assert resources["DaemonSet", "agent"].inputs["metadata"]["namespace"] == "hosts"
    assert {name for kind, name in resources if kind == "Namespace"} == {"watch", "hosts"}


def test_without_agents_there_is_one_namespace() -> None:
    assert [name for kind, name in run([PLAIN]) if kind == "Namespace"] == ["monitoring"]


def test_a_server_has_its_name_in_the_namespace_of_its_client_too() -> None:
    settings = KubernetesSettings(cluster_domain="example.org")
    resources = run([replace(PLAIN, clients=("agent",)), replace(AGENT, clients=("loki",))], settings)
    names = {
        (found.inputs["metadata"]["namespace"], found.inputs["metadata"]["name"]): found.inputs["spec"]
        for (kind, _), found in resources.items()
        if kind == "Service" and found.inputs["spec"]["type"] == "ExternalName"
    }
    assert names == {
        ("monitoring-agents", "loki"): {"type": "ExternalName", "externalName": "loki.monitoring.svc.example.org"},
        ("monitoring", "agent"): {"type": "ExternalName", "externalName": "agent.monitoring-agents.svc.example.org"},
    }


def test_a_client_in_the_same_namespace_needs_no_second_name() -> None:
    services = [name for kind, name in run([replace(PLAIN, clients=("loki",))]) if kind == "Service"]
    assert services == ["loki"]

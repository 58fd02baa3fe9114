"""The shipped production stack as a whole."""

from __future__ import annotations

import pytest

from runtimes.capture import CapturedResource
from tests.conftest import Deploy
from tests.plans import program_of


@pytest.fixture(scope="module")
def production(deployed: Deploy) -> list[CapturedResource]:
    """Every object of the stack."""
    return [found for found in deployed("prod").resources if found.type.startswith("kubernetes:")]


def test_production_is_two_namespaces_with_every_object_once(production: list[CapturedResource]) -> None:
    namespaced = [
        found.inputs["metadata"] | found.inputs for found in production if found.inputs["kind"] != "Namespace"
    ]
    assert {manifest["namespace"] for manifest in namespaced} == {"monitoring", "monitoring-agents"}
    names = [(manifest["kind"], manifest["namespace"], manifest["name"]) for manifest in namespaced]
    assert len(names) == len(set(names))


def test_production_is_restricted_but_for_three_agents(production: list[CapturedResource]) -> None:
    labels = {found.inputs["metadata"]["name"]: found.inputs["metadata"]["labels"] for found in production}
    assert labels["monitoring"]["pod-security.kubernetes.io/enforce"] == "restricted"
    agents = {
        found.inputs["metadata"]["name"]
        for found in production
        if found.inputs["kind"] == "DaemonSet" and found.inputs["metadata"]["namespace"] == "monitoring-agents"
    }
    assert agents == {"cadvisor", "collector-agent", "node-exporter"}


def test_production_mounts_only_what_exists(production: list[CapturedResource]) -> None:
    exists = {(found.inputs["kind"], found.inputs["metadata"]["name"]) for found in production}
    mounted: set[tuple[str, str]] = set()
    for found in production:
        for volume in found.inputs.get("spec", {}).get("template", {}).get("spec", {}).get("volumes", []):
            mounted |= {("ConfigMap", volume["configMap"]["name"])} if "configMap" in volume else set()
            mounted |= {("Secret", volume["secret"]["secretName"])} if "secret" in volume else set()
            if "persistentVolumeClaim" in volume:
                mounted.add(("PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"]))
    stored = {key for key in exists if key[0] in ("ConfigMap", "Secret", "PersistentVolumeClaim")}
    assert mounted == stored
    assert len(stored) >= 10


def test_production_runs_every_workload_hardened(production: list[CapturedResource]) -> None:
    program = program_of("prod")
    pods = {
        found.inputs["metadata"]["name"]: found.inputs["spec"]["template"]["spec"]
        for found in production
        if found.inputs["kind"] in ("Deployment", "StatefulSet", "DaemonSet")
    }
    assert sorted(pods) == sorted(workload.name for workload in program.workloads)
    rooted = {workload.name for workload in program.workloads if workload.root}
    for name, pod in pods.items():
        (container,) = pod["containers"]
        assert pod["securityContext"]["runAsNonRoot"] is (name not in rooted), name
        assert container["securityContext"]["readOnlyRootFilesystem"] is True, name
        assert container["securityContext"]["capabilities"]["drop"] == ["ALL"], name
        assert set(container["resources"]["limits"]) == {"cpu", "memory"}, name
        assert container["startupProbe"], name

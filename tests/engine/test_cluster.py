"""The cluster that the engine's tests run on does what they take for granted."""

from __future__ import annotations

from typing import Any

from tests.engine.cluster import NODE, Cluster

NAMESPACE = "trial"
LABELS = {"app": "trial"}


def deployment(**pod: Any) -> dict[str, Any]:
    spec = {"containers": [{"name": "main", "image": "example.com/never-pulled:1"}], **pod}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "trial", "namespace": NAMESPACE},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": LABELS},
            "template": {"metadata": {"labels": LABELS}, "spec": spec},
        },
    }


CLAIM = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {"name": "data", "namespace": NAMESPACE},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "10Gi"}}},
}


def test_a_deployment_becomes_ready_and_its_claim_is_bound(cluster: Cluster) -> None:
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}, CLAIM)
    claim = ("-n", NAMESPACE, "persistentvolumeclaims")
    assert [found["status"]["phase"] for found in cluster.objects(*claim)] == ["Pending"]
    volume = {"name": "data", "persistentVolumeClaim": {"claimName": "data"}}
    cluster.apply(deployment(volumes=[volume]))
    cluster.kubectl("-n", NAMESPACE, "rollout", "status", "deployment/trial", "--timeout=60s")
    pods = cluster.objects("-n", NAMESPACE, "pods")
    assert {(pod["spec"]["nodeName"], pod["status"]["phase"]) for pod in pods} == {(NODE, "Running")}
    assert len({pod["status"]["podIP"] for pod in pods}) == 2
    assert [found["status"]["phase"] for found in cluster.objects(*claim)] == ["Bound"]


def test_a_changed_pod_is_rolled(cluster: Cluster) -> None:
    before = {pod["metadata"]["name"] for pod in cluster.objects("-n", NAMESPACE, "pods")}
    cluster.apply(deployment(hostNetwork=True))
    cluster.kubectl("-n", NAMESPACE, "rollout", "status", "deployment/trial", "--timeout=60s")
    cluster.kubectl("-n", NAMESPACE, "wait", "--for=delete", "--timeout=60s", *(f"pod/{name}" for name in before))
    assert len(cluster.objects("-n", NAMESPACE, "pods")) == 2


def test_a_deleted_namespace_leaves_nothing(cluster: Cluster) -> None:
    cluster.kubectl("delete", "namespace", NAMESPACE, "--timeout=60s")
    assert cluster.objects("-n", NAMESPACE, "pods,deployments,persistentvolumeclaims") == []

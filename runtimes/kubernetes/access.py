"""What a workload may ask the Kubernetes API: the pods of the namespaces it discovers targets in, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pulumi
from pulumi_kubernetes import core, rbac

from runtimes.kubernetes.objects import object_metadata
from workloads.workload import Workload

_API_GROUP = "rbac.authorization.k8s.io"


def pod_reader(
    called: str,
    workload: Workload,
    namespace: str,
    labels: Mapping[str, str],
    options: Callable[[], pulumi.ResourceOptions],
) -> list[pulumi.Resource]:
    """A service account of its own, and in each namespace a role that lists and watches pods.

    A Role in each namespace, not a ClusterRole: the rest of the cluster stays out of sight.

    Args:
        called: what the logical names of its resources start with.
    """
    account = core.v1.ServiceAccount(
        called,
        metadata=object_metadata(workload.name, namespace, labels),
        automount_service_account_token=False,
        opts=options(),
    )
    made: list[pulumi.Resource] = [account]
    for watched in workload.kubernetes_namespaces:
        name = f"{namespace}-{workload.name}-pods"
        metadata = object_metadata(name, watched, labels)
        rules = [rbac.v1.PolicyRuleArgs(api_groups=[""], resources=["pods"], verbs=["get", "list", "watch"])]
        made.append(rbac.v1.Role(f"{called}-{watched}", metadata=metadata, rules=rules, opts=options()))
        made.append(
            rbac.v1.RoleBinding(
                f"{called}-{watched}",
                metadata=metadata,
                role_ref=rbac.v1.RoleRefArgs(api_group=_API_GROUP, kind="Role", name=name),
                subjects=[rbac.v1.SubjectArgs(kind="ServiceAccount", name=workload.name, namespace=namespace)],
                opts=options(),
            )
        )
    return made

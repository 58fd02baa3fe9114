"""What a workload may ask the Kubernetes API: the pods of the namespaces it discovers targets in, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pulumi
from pulumi_kubernetes import core, meta, rbac

from workloads.workload import Workload

_API_GROUP = "rbac.authorization.k8s.io"


def pod_reader(
    workload: Workload,
    namespace: str,
    labels: Mapping[str, str],
    options: Callable[[], pulumi.ResourceOptions],
) -> list[pulumi.Resource]:
    """A service account of its own, and in each namespace a role that lists and watches pods.

    A Role in each namespace, not a ClusterRole: the rest of the cluster stays out of sight.
    """
    account = core.v1.ServiceAccount(
        workload.name,
        metadata=meta.v1.ObjectMetaArgs(name=workload.name, namespace=namespace, labels=labels),
        automount_service_account_token=False,
        opts=options(),
    )
    made: list[pulumi.Resource] = [account]
    for watched in workload.kubernetes_namespaces:
        name = f"{namespace}-{workload.name}-pods"
        metadata = meta.v1.ObjectMetaArgs(name=name, namespace=watched, labels=labels)
        rules = [rbac.v1.PolicyRuleArgs(api_groups=[""], resources=["pods"], verbs=["get", "list", "watch"])]
        made.append(rbac.v1.Role(f"{workload.name}-{watched}", metadata=metadata, rules=rules, opts=options()))
        made.append(
            rbac.v1.RoleBinding(
                f"{workload.name}-{watched}",
                metadata=metadata,
                role_ref=rbac.v1.RoleRefArgs(api_group=_API_GROUP, kind="Role", name=name),
                subjects=[rbac.v1.SubjectArgs(kind="ServiceAccount", name=workload.name, namespace=namespace)],
                opts=options(),
            )
        )
    return made

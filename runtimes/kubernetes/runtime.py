"""The Kubernetes runtime: one namespace of a cluster, through the pulumi-kubernetes provider.

What each part of a workload becomes is told in docs/kubernetes.md; settings that look odd name their trap.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_random as random
from pulumi_kubernetes import apps, core, meta, networking

from runtimes.kubernetes.access import pod_reader
from runtimes.kubernetes.objects import (
    config_data,
    content_suffix,
    quantity,
    secrets_name,
    selector_labels,
    stack_labels,
    workload_labels,
)
from runtimes.kubernetes.pod import pod_template
from runtimes.kubernetes.policies import ingress_policies, pod_security_level
from runtimes.kubernetes.settings import KubernetesSettings
from workloads.runtime import Deployed, SecretValues
from workloads.workload import ConfigDirectory, Workload, mebibytes

# How long images may take to arrive, before the time that a program may take to start.
_IMAGE_SECONDS = 600
_KEY_LENGTH = 32


class KubernetesRuntime:
    """Runs workloads as Deployments, StatefulSets and DaemonSets of one namespace."""

    def __init__(self, settings: KubernetesSettings, stack: str, image_references: Mapping[str, str]) -> None:
        """Keep what `prepare` and `deploy` need.

        Args:
            settings: namespace and storage class.
            stack: the stack's name.
            image_references: the image of every component.
        """
        self._settings = settings
        self._stack = stack
        self._image_references = image_references
        self._namespace: core.v1.Namespace | None = None
        self._suffix_key: random.RandomPassword | None = None

    def prepare(self, workloads: Sequence[Workload], parent: pulumi.Resource) -> None:
        """Make the namespace and its network policies."""
        labels = stack_labels(self._stack)
        pod_security = {
            "pod-security.kubernetes.io/enforce": pod_security_level(workloads),
            "pod-security.kubernetes.io/audit": "restricted",
        }
        self._namespace = core.v1.Namespace(
            self._settings.namespace,
            metadata=meta.v1.ObjectMetaArgs(name=self._settings.namespace, labels={**labels, **pod_security}),
            opts=pulumi.ResourceOptions(parent=parent),
        )
        for name, spec in ingress_policies(workloads).items():
            networking.v1.NetworkPolicy(
                name, metadata=self._metadata(name, labels), spec=spec, opts=self._options(parent)
            )
        if any(workload.secrets for workload in workloads):
            self._suffix_key = random.RandomPassword(
                "secret-names-key",
                length=_KEY_LENGTH,
                special=False,
                opts=pulumi.ResourceOptions(parent=parent),
            )

    def deploy(
        self, workload: Workload, secrets: SecretValues, parent: pulumi.Resource, after: Sequence[Deployed]
    ) -> Deployed:
        """Make the workload's objects and wait until its pods are ready."""
        _check(workload)
        labels = workload_labels(workload, self._stack)
        waits: list[pulumi.Resource] = [resource for item in after for resource in item.ready]
        config_name: str | None = None
        secret_name: pulumi.Output[str] | None = None
        if workload.config:
            config_name, config_map = self._config_map(workload.name, workload.config, labels, parent)
            waits.append(config_map)
        if workload.secrets:
            secret_name, secret = self._secret(workload, secrets, labels, parent)
            waits.append(secret)
        if workload.kubernetes_namespaces:
            waits += pod_reader(workload, self._settings.namespace, labels, lambda: self._options(parent))
        if not workload.per_host:
            waits += self._claims(workload, labels, parent)
        template = pod_template(
            workload,
            stack=self._stack,
            image=self._image_references[workload.image],
            config=config_name,
            secrets=secret_name,
        )
        # Not after its own Service, which the provider holds for ready when it has an endpoint.
        controller = self._controller(workload, template, labels, self._options(parent, waits, workload))
        services = [self._service(workload, labels, parent)] if workload.ports else []
        return Deployed(workload, (controller, *services))

    def _controller(
        self,
        workload: Workload,
        template: core.v1.PodTemplateSpecArgs,
        labels: Mapping[str, str],
        options: pulumi.ResourceOptions,
    ) -> pulumi.Resource:
        metadata = self._metadata(workload.name, labels)
        selector = meta.v1.LabelSelectorArgs(match_labels=selector_labels(workload))
        if workload.per_host:
            daemon_set = apps.v1.DaemonSetSpecArgs(selector=selector, template=template)
            return apps.v1.DaemonSet(workload.name, metadata=metadata, spec=daemon_set, opts=options)
        if workload.volumes:
            stateful_set = apps.v1.StatefulSetSpecArgs(
                replicas=workload.replicas,
                selector=selector,
                service_name=workload.name,
                # In order, an update that broke its pod waits for that pod for ever, whatever comes after.
                pod_management_policy="Parallel",
                template=template,
            )
            return apps.v1.StatefulSet(workload.name, metadata=metadata, spec=stateful_set, opts=options)
        deployment = apps.v1.DeploymentSpecArgs(
            replicas=workload.replicas,
            selector=selector,
            progress_deadline_seconds=_ready_seconds(workload),
            template=template,
        )
        return apps.v1.Deployment(workload.name, metadata=metadata, spec=deployment, opts=options)

    def _service(self, workload: Workload, labels: Mapping[str, str], parent: pulumi.Resource) -> core.v1.Service:
        ports = [
            core.v1.ServicePortArgs(
                name=port.name, port=port.number, target_port=port.name, protocol=port.protocol.upper()
            )
            for port in workload.ports
        ]
        return core.v1.Service(
            workload.name,
            metadata=self._metadata(workload.name, labels),
            spec=core.v1.ServiceSpecArgs(
                type="ClusterIP",
                # One pod on each host: the name resolves to all of them instead of to one address for any.
                cluster_ip="None" if workload.per_host else None,
                selector=selector_labels(workload),
                ports=ports,
            ),
            opts=self._options(parent),
        )

    def _config_map(
        self, workload: str, config: ConfigDirectory, labels: Mapping[str, str], parent: pulumi.Resource
    ) -> tuple[str, core.v1.ConfigMap]:
        """Named by its content: a change makes a new one, rolls the pods, and only then removes the old one.

        Under a name that stays, the provider deletes it before it makes the new one.
        """
        data = config_data(workload, config)
        name = f"{workload}-config-{content_suffix(data)}"
        return name, core.v1.ConfigMap(
            f"{workload}-config",
            metadata=self._metadata(name, labels),
            data=data,
            immutable=True,
            opts=self._options(parent),
        )

    def _secret(
        self, workload: Workload, secrets: SecretValues, labels: Mapping[str, str], parent: pulumi.Resource
    ) -> tuple[pulumi.Output[str], core.v1.Secret]:
        """Named by its content like a ConfigMap, but through a key that only the state knows.

        Names can be read by all who may see pods, and weak passwords could be tried out on a plain hash.
        """
        if self._suffix_key is None:
            raise RuntimeError("prepare() comes before deploy()")
        contents = {file: secrets.content(workload.secrets[file]) for file in sorted(workload.secrets)}
        suffix = pulumi.Output.all(self._suffix_key.result, pulumi.Output.all(**contents)).apply(
            lambda known: content_suffix(known[1], key=known[0])
        )
        name = pulumi.Output.unsecret(pulumi.Output.concat(secrets_name(workload.name), "-", suffix))
        return name, core.v1.Secret(
            secrets_name(workload.name),
            metadata=self._metadata(name, labels),
            type="Opaque",
            string_data=contents,
            immutable=True,
            opts=self._options(parent),
        )

    def _claims(
        self, workload: Workload, labels: Mapping[str, str], parent: pulumi.Resource
    ) -> list[core.v1.PersistentVolumeClaim]:
        """Claims of their own, not a StatefulSet's templates: a template cannot grow, a claim can."""
        # A changed storage class would replace the claim and lose its data.
        keep = pulumi.ResourceOptions(ignore_changes=["spec.storageClassName"])
        return [
            core.v1.PersistentVolumeClaim(
                volume.name,
                metadata=self._metadata(volume.name, labels),
                spec=core.v1.PersistentVolumeClaimSpecArgs(
                    access_modes=["ReadWriteOnce"],
                    resources=core.v1.VolumeResourceRequirementsArgs(
                        requests={"storage": quantity(mebibytes(volume.size))}
                    ),
                    storage_class_name=self._settings.storage_class,
                ),
                opts=pulumi.ResourceOptions.merge(self._options(parent), keep),
            )
            for volume in workload.volumes
        ]

    def _metadata(self, name: pulumi.Input[str], labels: Mapping[str, str]) -> meta.v1.ObjectMetaArgs:
        return meta.v1.ObjectMetaArgs(name=name, namespace=self._settings.namespace, labels=labels)

    def _options(
        self, parent: pulumi.Resource, waits: Sequence[pulumi.Resource] = (), workload: Workload | None = None
    ) -> pulumi.ResourceOptions:
        if self._namespace is None:
            raise RuntimeError("prepare() comes before deploy()")
        limit = f"{_ready_seconds(workload)}s" if workload else None
        return pulumi.ResourceOptions(
            parent=parent,
            depends_on=[self._namespace, *waits],
            custom_timeouts=pulumi.CustomTimeouts(create=limit, update=limit) if limit else None,
        )


def _ready_seconds(workload: Workload) -> int:
    return _IMAGE_SECONDS + workload.start_seconds


def _check(workload: Workload) -> None:
    """Refuse what would not run.

    Raises:
        ValueError: naming the workload.
    """
    if workload.volumes and workload.replicas > 1:
        raise ValueError(f"workload {workload.name}: {workload.replicas} replicas cannot share one volume")
    if workload.volumes and workload.per_host and not workload.root:
        raise ValueError(f"workload {workload.name}: only root can write to its directory on each host")

"""The Kubernetes runtime: the stack's namespaces of a cluster, through the pulumi-kubernetes provider.

What each part of a workload becomes is told in docs/kubernetes.md; settings that look odd name their trap.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_kubernetes import apps, core, meta, networking

from components.base import formerly
from components.passwords import GeneratedPassword
from runtimes.kubernetes.access import pod_reader
from runtimes.kubernetes.namespaces import aliases, by_namespace, namespace_of, pod_security_level
from runtimes.kubernetes.objects import (
    DO_NOT_WAIT,
    config_data,
    content_suffix,
    object_metadata,
    quantity,
    secrets_name,
    selector_labels,
    stack_labels,
    workload_labels,
)
from runtimes.kubernetes.pod import pod_template
from runtimes.kubernetes.policies import ingress_policies
from runtimes.kubernetes.settings import KubernetesSettings
from settings.types import mebibytes
from workloads.runtime import Deployed, SecretValues
from workloads.workload import ConfigDirectory, Workload

# How long images may take to arrive, before the time that a program may take to start.
_IMAGE_SECONDS = 600


class KubernetesRuntime:
    """Runs workloads as Deployments, StatefulSets and DaemonSets."""

    def __init__(
        self,
        name: str,
        settings: KubernetesSettings,
        stack: str,
        image_references: Mapping[str, str],
        *,
        protect_data: bool = False,
    ) -> None:
        """Keep what `prepare` and `deploy` need.

        Args:
            name: of the MonitoringStack; the logical names of all resources but the namespaces start with it.
            settings: namespaces and storage class.
            stack: tells this stack from others of the cluster, in labels and in folders of the hosts.
            image_references: the image of every component.
            protect_data: the engine refuses to remove or replace claims and the namespace that holds them.
        """
        self._name = name
        self._settings = settings
        self._protect_data = protect_data
        self._stack = stack
        self._image_references = image_references
        self._prepared: frozenset[str] = frozenset()
        self._namespaces: dict[str, core.v1.Namespace] = {}
        self._suffix_key: GeneratedPassword | None = None

    def prepare(self, workloads: Sequence[Workload], parent: pulumi.Resource) -> None:
        """Make the namespaces, their network policies, and the names of what is in the other one."""
        self._prepared = frozenset(workload.name for workload in workloads)
        labels = stack_labels(self._stack)
        for namespace, inside in by_namespace(workloads, self._settings).items():
            self._namespaces[namespace] = core.v1.Namespace(
                # By its own name, so that Pulumi refuses a second stack in the same namespace.
                namespace,
                metadata=object_metadata(namespace, None, {**labels, **_pod_security(inside)}),
                # Claims go with their namespace.
                opts=pulumi.ResourceOptions(parent=parent, protect=self._protect_data or None),
            )
        known: set[str] = set()
        for policy in ingress_policies(workloads, self._settings):
            # Before there were two namespaces, there was one policy of each name.
            former = formerly(self._name, policy.name) if policy.name not in known else []
            known.add(policy.name)
            networking.v1.NetworkPolicy(
                f"{self._name}-{self._name_in(policy.namespace, policy.name)}",
                metadata=object_metadata(policy.name, policy.namespace, labels),
                spec=policy.spec,
                opts=pulumi.ResourceOptions.merge(
                    self._options(parent, policy.namespace), pulumi.ResourceOptions(aliases=former)
                ),
            )
        for alias in aliases(workloads, self._settings):
            core.v1.Service(
                f"{self._name}-{alias.server.name}-in-{alias.namespace}",
                metadata=object_metadata(
                    alias.server.name, alias.namespace, workload_labels(alias.server, self._stack)
                ),
                spec=core.v1.ServiceSpecArgs(type="ExternalName", external_name=alias.target),
                opts=self._options(parent, alias.namespace),
            )
        if any(workload.secrets for workload in workloads):
            self._suffix_key = GeneratedPassword(
                f"{self._name}-secret-names-key", pulumi.ResourceOptions(parent=parent)
            )

    def deploy(
        self, workload: Workload, secrets: SecretValues, parent: pulumi.Resource, after: Sequence[Deployed]
    ) -> Deployed:
        """Make the workload's objects and wait until its pods are ready."""
        _check(workload)
        if not self._prepared:
            self.prepare([workload], parent)
        if workload.name not in self._prepared:
            raise RuntimeError(f"workload {workload.name}: prepare() was called without it")
        home = namespace_of(workload, self._settings)
        labels = workload_labels(workload, self._stack)
        waits: list[pulumi.Resource] = [resource for item in after for resource in item.ready]
        config_name: str | None = None
        secret_name: pulumi.Output[str] | None = None
        if workload.config:
            config_name, config_map = self._config_map(workload, workload.config, labels, parent)
            waits.append(config_map)
        if workload.secrets:
            secret_name, secret = self._secret(workload, secrets, labels, parent)
            waits.append(secret)
        if workload.kubernetes_namespaces:
            waits += pod_reader(self._called(workload), workload, home, labels, lambda: self._options(parent, home))
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
        controller = self._controller(workload, template, labels, self._options(parent, home, waits, workload))
        services = [self._service(workload, labels, parent)] if workload.ports else []
        return Deployed(workload, (controller, *services))

    def _controller(
        self,
        workload: Workload,
        template: core.v1.PodTemplateSpecArgs,
        labels: Mapping[str, str],
        options: pulumi.ResourceOptions,
    ) -> pulumi.Resource:
        name = self._called(workload)
        metadata = object_metadata(workload.name, namespace_of(workload, self._settings), labels)
        selector = meta.v1.LabelSelectorArgs(match_labels=selector_labels(workload))
        if workload.per_host:
            daemon_set = apps.v1.DaemonSetSpecArgs(selector=selector, template=template)
            return apps.v1.DaemonSet(name, metadata=metadata, spec=daemon_set, opts=options)
        if workload.volumes:
            stateful_set = apps.v1.StatefulSetSpecArgs(
                replicas=workload.replicas,
                selector=selector,
                service_name=workload.name,
                # In order, an update that broke its pod waits for that pod for ever, whatever comes after.
                pod_management_policy="Parallel",
                template=template,
            )
            return apps.v1.StatefulSet(name, metadata=metadata, spec=stateful_set, opts=options)
        deployment = apps.v1.DeploymentSpecArgs(
            replicas=workload.replicas,
            selector=selector,
            progress_deadline_seconds=_ready_seconds(workload),
            template=template,
        )
        return apps.v1.Deployment(name, metadata=metadata, spec=deployment, opts=options)

    def _service(self, workload: Workload, labels: Mapping[str, str], parent: pulumi.Resource) -> core.v1.Service:
        home = namespace_of(workload, self._settings)
        ports = [
            core.v1.ServicePortArgs(
                name=port.name, port=port.number, target_port=port.name, protocol=port.protocol.upper()
            )
            for port in workload.ports
        ]
        return core.v1.Service(
            self._called(workload),
            metadata=object_metadata(workload.name, home, labels),
            spec=core.v1.ServiceSpecArgs(
                type="ClusterIP",
                cluster_ip="None" if _resolves_to_pods(workload) else None,
                selector=selector_labels(workload),
                ports=ports,
            ),
            opts=self._options(parent, home),
        )

    def _config_map(
        self, workload: Workload, config: ConfigDirectory, labels: Mapping[str, str], parent: pulumi.Resource
    ) -> tuple[str, core.v1.ConfigMap]:
        """Named by its content: a change makes a new one, rolls the pods, and only then removes the old one.

        Under a name that stays, the provider deletes it before it makes the new one.
        """
        home = namespace_of(workload, self._settings)
        data = config_data(workload.name, config)
        name = f"{workload.name}-config-{content_suffix(data)}"
        return name, core.v1.ConfigMap(
            f"{self._called(workload)}-config",
            metadata=object_metadata(name, home, labels),
            data=data,
            immutable=True,
            opts=self._options(parent, home),
        )

    def _secret(
        self, workload: Workload, secrets: SecretValues, labels: Mapping[str, str], parent: pulumi.Resource
    ) -> tuple[pulumi.Output[str], core.v1.Secret]:
        """Named by its content like a ConfigMap, but through a key that only the state knows.

        Names can be read by all who may see pods, and weak passwords could be tried out on a plain hash.
        """
        if self._suffix_key is None:
            raise RuntimeError("prepare() comes before deploy()")
        home = namespace_of(workload, self._settings)
        contents = {file: secrets.content(workload.secrets[file]) for file in sorted(workload.secrets)}
        suffix = pulumi.Output.all(self._suffix_key.value, pulumi.Output.all(**contents)).apply(
            lambda known: content_suffix(known[1], key=known[0])
        )
        name = pulumi.Output.unsecret(pulumi.Output.concat(secrets_name(workload.name), "-", suffix))
        return name, core.v1.Secret(
            f"{self._called(workload)}-secrets",
            metadata=object_metadata(name, home, labels),
            type="Opaque",
            string_data=contents,
            immutable=True,
            opts=self._options(parent, home),
        )

    def _claims(
        self, workload: Workload, labels: Mapping[str, str], parent: pulumi.Resource
    ) -> list[core.v1.PersistentVolumeClaim]:
        """Claims of their own, not a StatefulSet's templates: a template cannot grow, a claim can."""
        home = namespace_of(workload, self._settings)
        # A changed storage class would replace the claim and lose its data.
        keep = pulumi.ResourceOptions(ignore_changes=["spec.storageClassName"], protect=self._protect_data or None)
        return [
            core.v1.PersistentVolumeClaim(
                f"{self._name}-{volume.name}",
                metadata=object_metadata(volume.name, home, labels, DO_NOT_WAIT),
                spec=core.v1.PersistentVolumeClaimSpecArgs(
                    access_modes=["ReadWriteOnce"],
                    resources=core.v1.VolumeResourceRequirementsArgs(
                        requests={"storage": quantity(mebibytes(volume.size))}
                    ),
                    storage_class_name=self._settings.storage_class,
                ),
                opts=pulumi.ResourceOptions.merge(self._options(parent, home), keep),
            )
            for volume in workload.volumes
        ]

    def _called(self, workload: Workload) -> str:
        """The logical name of its component, which its objects' names start with.

        By that the engine knows them again under a former name of the component, without an alias of their own.
        """
        return f"{self._name}-{workload.name}"

    def _name_in(self, namespace: str, name: str) -> str:
        """The resource's name: that of the object, with its namespace where another may have an object of that name."""
        return name if namespace == self._settings.namespace else f"{name}-in-{namespace}"

    def _options(
        self,
        parent: pulumi.Resource,
        home: str,
        waits: Sequence[pulumi.Resource] = (),
        workload: Workload | None = None,
    ) -> pulumi.ResourceOptions:
        if not self._namespaces:
            raise RuntimeError("prepare() comes before deploy()")
        limit = f"{_ready_seconds(workload)}s" if workload else None
        return pulumi.ResourceOptions(
            parent=parent,
            depends_on=[self._namespaces[home], *waits],
            custom_timeouts=pulumi.CustomTimeouts(create=limit, update=limit) if limit else None,
        )


def _pod_security(workloads: Sequence[Workload]) -> dict[str, str]:
    """What a namespace admits, and what it warns of; what falls short of the strictest level is in the audit log."""
    prefix, level = "pod-security.kubernetes.io", pod_security_level(workloads)
    return {f"{prefix}/enforce": level, f"{prefix}/warn": level, f"{prefix}/audit": "restricted"}


def _ready_seconds(workload: Workload) -> int:
    return _IMAGE_SECONDS + workload.start_seconds


def _resolves_to_pods(workload: Workload) -> bool:
    """Whether its name is that of its pods instead of one address for any of them.

    There is one pod on each host, or replicas know each other by the addresses that they have themselves.
    """
    return workload.per_host or any(port.reach == "replicas" for port in workload.ports)


def _check(workload: Workload) -> None:
    """Refuse what would not run.

    Raises:
        ValueError: naming the workload.
    """
    if workload.volumes and workload.replicas > 1:
        raise ValueError(f"workload {workload.name}: {workload.replicas} replicas cannot share one volume")
    if workload.volumes and workload.per_host and not workload.root:
        raise ValueError(f"workload {workload.name}: only root can write to its directory on each host")

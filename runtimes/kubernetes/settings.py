"""The section `monitoring:kubernetes` of a stack file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from settings.checks.checked import Checked
from settings.errors import Mistake, shown
from settings.model import StackSettings
from settings.runtime import RuntimeSettings
from settings.syntax import NamespaceName, ObjectName
from settings.types import Host

_LONGEST = 63
# The stack creates its namespaces, and destroys them with all that is in them.
_OF_THE_CLUSTER = frozenset({"default", "kube-node-lease", "kube-public", "kube-system"})


class KubernetesSettings(RuntimeSettings):
    """The Kubernetes runtime."""

    package: ClassVar[str] = "kubernetes"
    discovers: ClassVar[tuple[str, ...]] = ("kubernetes",)

    namespace: NamespaceName = Field(default="monitoring", description="Namespace that is created for the stack.")
    agents_namespace: NamespaceName | None = Field(
        default=None,
        description=(
            "Namespace that is created for the agents on each host, which see the host; default: the other's name"
            " with -agents behind it."
        ),
    )
    cluster_domain: Host = Field(default="cluster.local", description="DNS domain that the cluster's Services are in.")
    storage_class: ObjectName | None = Field(default=None, description="Default: the cluster's own default class.")
    context: str | None = Field(default=None, description="kubeconfig context; default: the current one.")

    def named(self, name: str, stack: str) -> KubernetesSettings:
        """A namespace for each of several stacks."""
        return self if "namespace" in self.model_fields_set else self.model_copy(update={"namespace": name})

    @property
    def agents(self) -> str:
        """The namespace of what sees the host."""
        return self.agents_namespace or f"{self.namespace}-agents"

    def kubectl(self, namespace: str) -> str:
        """How a command for people begins, with the context of the stack and one of its namespaces."""
        context = f" --context {self.context}" if self.context else ""
        return f"kubectl{context} -n {namespace}"


SECTION = KubernetesSettings


def kubernetes_settings(settings: StackSettings) -> KubernetesSettings:
    """The section of a stack that runs on Kubernetes."""
    if not isinstance(settings.runtime_section, KubernetesSettings):
        raise TypeError(f"this stack runs on {settings.runtime}, not on Kubernetes")
    return settings.runtime_section


def check(checked: Checked) -> Iterator[Mistake]:
    """Yield namespaces that cannot be made.

    An agents' namespace that is the other one would have to be open to everything the agents may.
    """
    if checked.settings is None:
        return
    settings = kubernetes_settings(checked.settings)
    for key in ("namespace", "agents_namespace"):
        if (name := getattr(settings, key)) in _OF_THE_CLUSTER:
            yield Mistake(
                f"kubernetes.{key}", f"{shown(name)}, which every cluster has", "a namespace of the stack's own"
            )
    if len(settings.agents) > _LONGEST:
        allowed = f"a name of {_LONGEST} characters at most, with -agents behind it where agents_namespace is not said"
        yield Mistake("kubernetes.namespace", shown(settings.namespace), allowed)
    if settings.agents == settings.namespace:
        yield Mistake("kubernetes.agents_namespace", shown(settings.agents), "a name that is not kubernetes.namespace")

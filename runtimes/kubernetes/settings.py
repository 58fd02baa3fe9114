"""The section `monitoring:kubernetes` of a stack file."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from settings.model import StackSettings
from settings.runtime import RuntimeSettings
from settings.types import Name


class KubernetesSettings(RuntimeSettings):
    """The Kubernetes runtime."""

    package: ClassVar[str] = "kubernetes"
    discovers: ClassVar[tuple[str, ...]] = ("kubernetes",)

    namespace: Name = Field(default="monitoring", description="Namespace that is created for the stack.")
    storage_class: Name | None = Field(default=None, description="Default: the cluster's own default class.")
    context: str | None = Field(default=None, description="kubeconfig context; default: the current one.")

    @property
    def kubectl(self) -> str:
        """How a command for people begins, with the context and the namespace of the stack."""
        context = f" --context {self.context}" if self.context else ""
        return f"kubectl{context} -n {self.namespace}"


SECTION = KubernetesSettings


def kubernetes_settings(settings: StackSettings) -> KubernetesSettings:
    """The section of a stack that runs on Kubernetes."""
    if not isinstance(settings.place, KubernetesSettings):
        raise TypeError(f"this stack runs on {settings.runtime}, not on Kubernetes")
    return settings.place

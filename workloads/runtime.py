"""The seam between what is deployed and where: everything a runtime must be able to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import pulumi

from settings.secrets import SecretFile
from workloads.workload import Workload


class SecretValues(Protocol):
    """Where a runtime gets the content of secret files."""

    def content(self, file: SecretFile) -> pulumi.Output[str]:
        """The file's text with every reference replaced; a secret output."""
        ...


@dataclass(frozen=True)
class Deployed:
    """A workload that a runtime has taken on.

    Attributes:
        workload: what was asked for.
        ready: depend on these to come after the workload answers.
    """

    workload: Workload
    ready: tuple[pulumi.Resource, ...]


class Runtime(Protocol):
    """Where workloads run; `runtimes/` has one for each kind of place."""

    def prepare(self, workloads: Sequence[Workload], parent: pulumi.Resource) -> None:
        """Make what workloads share: networks, namespaces, volumes. Called once, before any `deploy`.

        A component alone need not call it: the first `deploy` then prepares for its one workload, below that component.
        """
        ...

    def deploy(
        self, workload: Workload, secrets: SecretValues, parent: pulumi.Resource, after: Sequence[Deployed]
    ) -> Deployed:
        """Run a workload, after others are ready."""
        ...

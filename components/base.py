"""What every component of the stack is: a ComponentResource around one workload."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import pulumi

from settings.stackfile import PROJECT
from workloads.runtime import Deployed, Runtime, SecretValues
from workloads.workload import Workload


@dataclass(frozen=True)
class ComponentArgs:
    """What a component is made from.

    Attributes:
        workload: what runs; each component's module has a function that describes its own.
        runtime: where it runs.
        secrets: the values of its secret files.
        after: components that must be ready before this one starts.
    """

    workload: Workload
    runtime: Runtime
    secrets: SecretValues
    after: Sequence[Deployed] = ()


def formerly(stack: str, name: str) -> list[pulumi.Alias]:
    """What a resource was called when only one stack fitted into a program, so that existing states keep it.

    Args:
        stack: the name of the MonitoringStack; only the project's own was ever called otherwise.
        name: the old name.
    """
    return [pulumi.Alias(name=name)] if stack == PROJECT else []


class Component(pulumi.ComponentResource):
    """Deploys its workload. `deployed.ready` is what later components and providers depend on."""

    type_token: ClassVar[str] = "monitoring:components:Component"

    def __init__(self, name: str, args: ComponentArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(self.type_token, name, None, opts)
        self.deployed = args.runtime.deploy(args.workload, args.secrets, parent=self, after=args.after)
        self.register_outputs({"workload": args.workload.name})

"""Pots as resources, and what a rendered tree makes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import yaml

from runtimes.capture import CapturedResource
from workloads.program import Program
from workloads.runtime import Deployed, SecretValues
from workloads.workload import Workload

_POT = "kettle:index:Pot"


class Pot(pulumi.CustomResource):
    """One workload on its plate."""

    serial: pulumi.Output[str]

    def __init__(self, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions) -> None:
        super().__init__(_POT, name, {**props, "serial": None}, opts)


class Stove:
    """Puts workloads on plates, each after those that it waits for."""

    def __init__(self, program: Program) -> None:
        self._images = program.images
        self._plates = 0

    def prepare(self, workloads: Sequence[Workload], parent: pulumi.Resource) -> None:
        """See that every workload has a plate."""
        self._plates = len(workloads)

    def deploy(
        self, workload: Workload, secrets: SecretValues, parent: pulumi.Resource, after: Sequence[Deployed]
    ) -> Deployed:
        """Put the workload on a plate."""
        waits = [resource for other in after for resource in other.ready]
        pot = Pot(
            workload.name,
            {"image": self._images[workload.image], "after": [other.workload.name for other in after]},
            pulumi.ResourceOptions(parent=parent, depends_on=waits),
        )
        pulumi.export(f"{workload.name}Serial", pot.serial)
        return Deployed(workload, (pot,))


def computed(type_token: str, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    """Its provider numbers the pots."""
    return {"serial": f"<serial of {inputs['image']}>"} if type_token == _POT else {}


def plates(captured: Sequence[CapturedResource]) -> dict[str, str]:
    """The tree: one file with every pot."""
    pots = {found.name: dict(found.inputs) for found in captured if found.type == _POT}
    return {"stove.yaml": yaml.safe_dump(pots)}

"""What a Pulumi engine runs, by `pulumi up` and by `make up`: every resource and output of a program."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import pulumi

from program.deploy import deploy
from workloads.program import Program


def run(program: Program, given: Mapping[str, str] = MappingProxyType({})) -> None:
    """Deploy the stack that the engine works on, and tell where people reach it, and the token of Grafana's account.

    Args:
        program: what its stack file means.
        given: secrets that the stack's configuration does not have, by name.
    """
    stack = deploy(program, pulumi.Config(), given)
    for component in program.urls:
        pulumi.export(f"{component}Url", stack.urls[component])
    if stack.grafana_token is not None:
        pulumi.export("grafanaToken", stack.grafana_token)

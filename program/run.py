"""What a Pulumi engine runs, by `pulumi up` and by `make up`: every resource and output of a program."""

from __future__ import annotations

import pulumi

from program.deploy import deploy
from workloads.program import Program


def run(program: Program) -> None:
    """Deploy the stack that the engine works on, and tell where people reach it.

    Args:
        program: what its stack file means.
    """
    urls = deploy(program, pulumi.Config()).urls
    for component in program.urls:
        pulumi.export(f"{component}Url", urls[component])

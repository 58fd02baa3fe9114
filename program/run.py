"""What a Pulumi engine runs, by `pulumi up` and by `make up`: the stack's configuration → every resource and output."""

from __future__ import annotations

import pulumi
from pulumi.runtime import is_config_secret
from pulumi.runtime.config import CONFIG

from program.prepare import deploy, prepare_program
from settings.stackfile import read_engine_config


def run() -> None:
    """Deploy the stack that the engine works on.

    Raises:
        ConfigurationError: naming every mistake; nothing was registered then.
    """
    stack, values = pulumi.get_stack(), CONFIG.get()
    raw = read_engine_config(values, {key for key in values if is_config_secret(key)}, stack)
    program = prepare_program(raw, stack)
    for component, why in program.missing.items():
        pulumi.log.warn(f"{component} is left out: {why}")
    deploy(program, pulumi.Config())
    for component, url in program.urls.items():
        pulumi.export(f"{component}Url", url)

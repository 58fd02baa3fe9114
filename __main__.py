"""The Pulumi program: settings → plan → components → runtime. `make render` runs the same without an engine."""

from __future__ import annotations

import sys

import pulumi
from pulumi.runtime import is_config_secret
from pulumi.runtime.config import CONFIG

from components.program import deploy, prepare_program, published_urls, stack_directory
from settings.errors import ConfigurationError
from settings.stackfile import read_engine_config


def main() -> None:
    """Deploy the stack, or name every mistake in its configuration and deploy nothing."""
    stack, values = pulumi.get_stack(), CONFIG.get()
    raw = read_engine_config(values, {key for key in values if is_config_secret(key)}, stack)
    try:
        program = prepare_program(raw, stack)
    except ConfigurationError as error:
        pulumi.log.error(str(error))
        sys.exit(1)
    for component, why in program.missing.items():
        pulumi.log.warn(f"{component} is left out: {why}")
    deploy(program, pulumi.Config(), directory=str(stack_directory(program.settings, stack)))
    for component, url in published_urls(program.settings, program.workloads).items():
        pulumi.export(f"{component}Url", url)


main()

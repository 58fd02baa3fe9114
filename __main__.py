"""The Pulumi program: settings → plan → components → runtime. `make render` runs the same without an engine."""

from __future__ import annotations

import sys

import pulumi
from pulumi.runtime import is_config_secret
from pulumi.runtime.config import CONFIG

from program.prepare import deploy, prepare_program
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
    deploy(program, pulumi.Config())
    for component, url in program.urls.items():
        pulumi.export(f"{component}Url", url)


main()

"""The Pulumi program: settings → plan → components → runtime. `make render` runs the same without an engine."""

from __future__ import annotations

import sys

import pulumi
from pulumi.runtime import get_config_env, get_config_secret_keys_env

from program.deploy import deploy
from program.prepare import prepare_program
from settings.errors import ConfigurationError
from settings.stackfile import read_engine_config


def main() -> None:
    """Deploy the stack, or name every mistake in its configuration and deploy nothing."""
    stack = pulumi.get_stack()
    # `pulumi.Config` answers only for keys that are known, and a mistyped key must be seen too.
    raw = read_engine_config(get_config_env(), get_config_secret_keys_env(), stack)
    try:
        program = prepare_program(raw, stack)
    except ConfigurationError as error:
        pulumi.log.error(str(error))
        sys.exit(1)
    deploy(program, pulumi.Config())
    for component, url in program.urls.items():
        pulumi.export(f"{component}Url", url)


main()

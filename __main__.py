"""The Pulumi program: settings → plan → components → runtime. `make render` runs the same without an engine."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import pulumi
from pulumi.runtime import get_config_env, get_config_secret_keys_env

from program.prepare import prepare_program
from program.run import run
from settings.errors import ConfigurationError
from settings.stackfile import read_engine_config, with_base

# Tells Pulumi's language host that the program has said itself why it failed: it then adds nothing.
_SAID_ITSELF = 32


def main() -> None:
    """Deploy the stack, or name every mistake in its configuration and deploy nothing."""
    stack = pulumi.get_stack()
    # `pulumi.Config` answers only for keys that are known, and a mistyped key must be seen too.
    raw = read_engine_config(get_config_env(), get_config_secret_keys_env(), stack)
    try:
        raw = with_base(raw, Path(__file__).parent)
        run(prepare_program(raw, stack, now=datetime.now(UTC)))
    except ConfigurationError as error:
        pulumi.log.error(str(error))
        sys.exit(_SAID_ITSELF)


main()

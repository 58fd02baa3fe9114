"""The Pulumi program: settings → plan → components → runtime. `make render` runs the same without an engine."""

from __future__ import annotations

import sys

import pulumi

from program.run import run
from settings.errors import ConfigurationError

# Tells Pulumi's language host that the program has said itself why it failed: it then adds nothing.
_SAID_ITSELF = 32


def main() -> None:
    """Deploy the stack, or name every mistake in its configuration and deploy nothing."""
    try:
        run()
    except ConfigurationError as error:
        pulumi.log.error(str(error))
        sys.exit(_SAID_ITSELF)


main()

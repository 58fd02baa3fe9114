"""`python -m operations COMMAND --stack NAME`: what the Makefile's targets run."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from images.errors import ImagesError
from operations.cost import cost
from operations.down import destroy, down
from operations.prepare import prepare, prepare_engine
from operations.rotate import rotate
from operations.up import tell_addresses, up
from operations.verify.command import verify_stack
from runtimes.console import Failure
from settings.errors import ConfigurationError
from settings.stackfile import FIRST_STACK

_COMMANDS = {
    "cost": cost,
    "destroy": destroy,
    "down": down,
    "prepare": prepare,
    "prepare-engine": prepare_engine,
}


def main() -> int:
    """Exit status: 0 done, 1 a step or the verification failed, 2 mistakes in the stack file."""
    parser = argparse.ArgumentParser(prog="python -m operations", description=__doc__)
    parser.add_argument("command", choices=sorted([*_COMMANDS, "rotate", "up"]))
    parser.add_argument("passwords", nargs="*", help="with rotate: names of the generated passwords to make anew")
    parser.add_argument("--stack", default=FIRST_STACK, help="stack to work on (default: %(default)s)")
    parser.add_argument("--file", type=Path, help="stack file; default: Pulumi.<stack>.yaml")
    # Intermixed: make writes the names behind the options.
    arguments = parser.parse_intermixed_args()
    if arguments.passwords and arguments.command != "rotate":
        parser.error(f"{arguments.command} takes no more arguments, found {' '.join(arguments.passwords)}")
    try:
        if arguments.command in ("rotate", "up"):
            target = (
                rotate(arguments.stack, arguments.file, arguments.passwords)
                if arguments.command == "rotate"
                else up(arguments.stack, arguments.file)
            )
            status = verify_stack(arguments.stack, arguments.file)
            tell_addresses(target)
            return status
        _COMMANDS[arguments.command](arguments.stack, arguments.file)
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return 2
    except (Failure, ImagesError) as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

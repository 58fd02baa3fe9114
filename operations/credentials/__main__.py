"""`python -m operations.credentials [NAME …] --stack STACK`: list a stack's secrets, or set some."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Collection
from pathlib import Path

from rich.console import Console

from components.names import made_secrets
from operations.credentials.listing import UNSET, print_rows, rows
from operations.credentials.sources import of_command, of_file, typed
from operations.target import LoadedTarget, load_target
from runtimes.console import Failure, counted, note
from runtimes.secrets import KEPT, LocalSecrets, secrets_of_owner
from settings.errors import ConfigurationError, Mistake, did_you_mean, listed, shown
from settings.stackfile import FIRST_STACK


def main() -> int:
    """Exit status: 0 done, and everything is set; 1 a source failed, or something is not set; 2 mistakes."""
    parser = argparse.ArgumentParser(prog="python -m operations.credentials", description=__doc__)
    parser.add_argument("names", nargs="*", help="secrets to set: typed, or one of them from standard input")
    parser.add_argument("--stack", default=FIRST_STACK, help="stack to work on (default: %(default)s)")
    parser.add_argument("--file", type=Path, help="stack file; default: Pulumi.<stack>.yaml")
    sources = parser.add_mutually_exclusive_group()
    sources.add_argument("--env-file", type=Path, help="take values from a file of lines like MONITORING_A_SECRET='…'")
    sources.add_argument("--command", help="take values from what this prints, with {name} for the secret's name")
    sources.add_argument("--forget", action="store_true", help="drop the named ones from this machine")
    options = parser.parse_intermixed_args()
    try:
        target = load_target(options.stack, options.file, asking=True)
        kept = LocalSecrets(target.directory / KEPT)
        if options.forget:
            _require_known("--forget", options.names, kept.names - made_secrets())
            kept.forget(options.names)
            note(f"forgotten: {', '.join(options.names)}")
        elif values := _values(options, target):
            kept.keep(values)
            note(f"kept on this machine: {', '.join(sorted(values))}; `make up STACK={target.stack}` makes it read")
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return 2
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    found = rows(target)
    print_rows(found, Console())
    unset = [row.name for row in found if row.state == UNSET]
    if unset:
        names = unset[0] if len(unset) == 1 else f"'{' '.join(unset)}'"
        print(f"{counted(len(unset), 'secret')} not set. To set: `make secrets STACK={target.stack} ARGS={names}`")
    return 1 if unset else 0


def _values(options: argparse.Namespace, target: LoadedTarget) -> dict[str, str]:
    owners = secrets_of_owner(target.program)
    names = options.names or (sorted(owners) if options.env_file or options.command else [])
    _require_known("secrets", names, owners)
    if options.env_file:
        return of_file(options.env_file, names)
    if options.command:
        return of_command(options.command, names)
    return typed(names) if names else {}


def _require_known(what: str, names: Collection[str], allowed: Collection[str]) -> None:
    mistakes = [
        Mistake(what, shown(name), listed(allowed), did_you_mean(name, allowed))
        for name in names
        if name not in allowed
    ]
    if what == "--forget" and not names:
        mistakes = [Mistake(what, "nothing", listed(allowed), "Name them.")]
    if mistakes:
        raise ConfigurationError("make secrets", mistakes)


if __name__ == "__main__":
    sys.exit(main())

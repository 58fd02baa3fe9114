"""Every secret of a stack: whether it is set and from where, and what uses it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from components.names import made_secrets
from components.secrets import program_secrets
from operations.target import LoadedTarget
from runtimes.secrets import KEPT, LocalSecrets, in_environment, places_of, secrets_of_owner, variable
from settings.layers import location

UNSET = "not set"


@dataclass(frozen=True)
class ListedSecret:
    """One secret.

    Attributes:
        name: of the secret.
        state: whether it is set, and from where.
        places: in stack files that name it.
        readers: workloads that read it.
    """

    name: str
    state: str
    places: tuple[str, ...]
    readers: tuple[str, ...]


def rows(target: LoadedTarget) -> list[ListedSecret]:
    """Every secret that the stack needs, and what is kept without need, sorted by name."""
    kept = LocalSecrets(target.directory / KEPT).names
    needed = program_secrets(target.program) | secrets_of_owner(target.program)
    return [
        ListedSecret(
            name,
            _state(name, target, kept) if name in needed else "kept on this machine, and nothing needs it",
            tuple(location(path, target.raw.places).named for path in places_of(name, target.program.settings)),
            tuple(_readers(name, target)),
        )
        for name in sorted(needed | kept)
    ]


def print_rows(found: list[ListedSecret], console: Console) -> None:
    """Print them as a table; no value is ever in it."""
    table = Table()
    # Names are there to be copied: nothing of them may be cut off.
    table.add_column("secret", no_wrap=True)
    for heading in ("state", "named by", "read by"):
        table.add_column(heading, overflow="fold")
    for row in found:
        table.add_row(row.name, row.state, "\n".join(row.places), "\n".join(row.readers))
    console.print(table)


def _state(name: str, target: LoadedTarget, kept: frozenset[str]) -> str:
    """As a deployment takes it: an engine the stack file's first, then the environment's, then what is kept."""
    beside = "kept on this machine" if name in kept else ""
    if name in in_environment() and name in secrets_of_owner(target.program):
        beside = f"set in the environment, {variable(name)}"
    if name in target.raw.secrets_set:
        encrypted = f"set in {target.file.name}, which only an engine decrypts"
        return f"{encrypted}; without one {beside or UNSET}"
    if name in made_secrets():
        return "made by the stack"
    return beside or UNSET


def _readers(name: str, target: LoadedTarget) -> Iterator[str]:
    for workload in target.program.workloads:
        if any(ref.name == name for file in workload.secrets.values() for ref in file.references()):
            yield workload.name

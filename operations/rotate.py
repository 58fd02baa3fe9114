"""`make rotate`: new passwords in place of those that the stack generated, for everything that reads them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from components.names import made_secrets
from components.secrets import program_secrets
from operations.target import load_target
from operations.up import bring_up
from runtimes.operations import Target
from runtimes.secrets import how_to_set
from settings.errors import ConfigurationError, Mistake, did_you_mean, listed, shown


def rotate(stack: str, file: Path | None, passwords: Sequence[str]) -> Target:
    """Generate passwords anew and bring the stack up, so that every program that reads one has the new one.

    Args:
        stack: its name.
        file: its stack file; None for `Pulumi.<stack>.yaml`.
        passwords: names of secrets that the stack generated.

    Raises:
        ConfigurationError: naming every name that cannot be rotated, and mistakes in the stack file; nothing was
            touched then.
        Failure: one sentence that says what to do.
    """
    target = load_target(stack, file)
    mistakes = list(_mistakes(target, passwords))
    if mistakes:
        raise ConfigurationError("make rotate", mistakes)
    return bring_up(target, passwords)


def _mistakes(target: Target, passwords: Sequence[str]) -> Iterator[Mistake]:
    workloads = target.program.workloads
    kept = {name: where for workload in workloads for name, where in workload.first_start_secrets.items()}
    needed, given = program_secrets(target.program), target.raw.secrets_set
    allowed = (needed & made_secrets()) - given - kept.keys()
    if not passwords:
        yield Mistake(
            "passwords", "nothing", listed(allowed), f"Name them: make rotate STACK={target.stack} ARGS=<password>."
        )
    for name in passwords:
        if name in allowed:
            continue
        if name in kept:
            action = (
                f"It stands in {kept[name]} since the first start: only a new stack gets another one, by"
                f" `make destroy STACK={target.stack}`, which removes all data, and `make up STACK={target.stack}`."
            )
        elif name in needed:
            action = f"It is its owner's. {how_to_set(name, target.stack)} Then make up STACK={target.stack}."
        else:
            action = did_you_mean(name, allowed)
        yield Mistake("passwords", shown(name), listed(allowed), action)

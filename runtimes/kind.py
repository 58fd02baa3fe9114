"""What a kind of runtime is: everything that is different between one place to run and the next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pulumi

from runtimes.capture import CapturedResource, Computed, nothing_computed
from runtimes.drift import FindDrift, nothing_compared
from runtimes.health import Health
from runtimes.operations import Operations
from settings.errors import Mistake
from settings.model import StackSettings
from workloads.place import Place
from workloads.program import Program
from workloads.runtime import Runtime


class MakeRuntime(Protocol):
    """Makes what deploys a program's workloads."""

    def __call__(self, program: Program, *, rendered: bool) -> Runtime:
        """The runtime of a program; `rendered`: for a tree, so that paths are relative to it."""
        ...


Impossible = Callable[[Program, Sequence[Mapping[str, Any]]], Iterable[Mistake]]
"""Mistakes that only show beside what is there."""


def nothing_impossible(_program: Program, _made: Sequence[Mapping[str, Any]]) -> Iterable[Mistake]:
    """No mistake: what is there can become anything."""
    return ()


@dataclass(frozen=True)
class RuntimeKind:
    """One kind of runtime. A folder of `runtimes/` offers it as `KIND` of its `kind.py`; nothing else registers it.

    Attributes:
        place: what components may know of where they will run.
        provider: the Pulumi provider that the stack's resources are made with, for the program to pass in.
        runtime: what deploys a program's workloads.
        render: the files of a rendered tree by relative path, without secrets, from every resource of the program.
        tree: what can be done with a rendered tree, in a sentence or two.
        renders_content: whether a rendered tree carries Grafana's content as files, because whoever runs the tree has
            no provider that could write it.
        operations: up, down and destroy; a module that has these functions.
        health: the running stack, to be asked. Raises `CouldNotRunError` when the runtime does not answer.
        impossible: settings that what is there cannot follow: the engine asks before it changes anything. Its second
            argument is what the engine has made and seen again, as its state has it (`type`, `outputs`).
        computed: stand-ins for what its provider would compute, where the program reads that.
        drift: what of a deployed stack can be compared with the program, beside what its programs say of themselves.
    """

    place: Callable[[StackSettings], Place]
    provider: Callable[[StackSettings], pulumi.ProviderResource]
    runtime: MakeRuntime
    render: Callable[[Program, Sequence[CapturedResource]], Mapping[str, str]]
    tree: str
    renders_content: bool
    operations: Operations
    health: Callable[[Program], Health]
    impossible: Impossible = nothing_impossible
    computed: Computed = nothing_computed
    drift: FindDrift = nothing_compared

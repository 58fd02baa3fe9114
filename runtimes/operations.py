"""A runtime's own up, down and destroy, and what commands hand to them: the stack they work on, and the engine."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import Protocol

from runtimes.capture import PASSWORD, CapturedResource, secret_of
from runtimes.console import note
from settings.stackfile import RawConfiguration
from settings.types import ImageSource
from workloads.program import Program


class Target(Protocol):
    """The stack that a command works on."""

    @property
    def stack(self) -> str:
        """The stack's name."""
        ...

    @property
    def file(self) -> Path:
        """The stack file its owner wrote."""
        ...

    @property
    def raw(self) -> RawConfiguration:
        """What the stack file says."""
        ...

    @property
    def program(self) -> Program:
        """What the stack file means. Without an engine Grafana's content comes from files."""
        ...

    @property
    def directory(self) -> Path:
        """The stack's folder on this machine: state, and what its runtime keeps there."""
        ...

    @property
    def effective_file(self) -> Path:
        """The stack file as it is really deployed."""
        ...

    def with_image_source(self, source: ImageSource) -> Target:
        """The same stack with images from another place."""
        ...

    def with_file_content(self) -> Target:
        """The same stack with Grafana's content from files, for when no provider can run."""
        ...

    def captured(self) -> Sequence[CapturedResource]:
        """Every resource of the program, as it would stand in a rendered tree."""
        ...

    def keep_settings(self) -> None:
        """Write the stack file as it is deployed into the stack's folder, where later commands read it."""
        ...


class Engine(Protocol):
    """A Pulumi engine that can deploy the stack."""

    def up(self, target: Target, replace: Sequence[str] = ()) -> bool:
        """Create the stack when it is new, see what became of what it has, and make it what its settings say.

        Args:
            replace: URNs of resources to make anew even when nothing about them changed.

        Returns:
            False when nothing had to change.
        """
        ...

    def destroy(self, target: Target) -> bool:
        """Remove every resource and the stack's state; False when there is no such stack."""
        ...


FindEngine = Callable[[Target], tuple[Engine | None, str]]
"""The engine for a stack, or None and why there is none."""


class Operations(Protocol):
    """What a runtime does on behalf of commands. A module with these functions is one."""

    def up(self, target: Target, find_engine: FindEngine, rotated: Collection[str] = ()) -> tuple[Target, bool]:
        """Bring a stack up and wait until it is healthy.

        Args:
            rotated: names of generated passwords that are made anew.

        Returns:
            The stack as it was deployed (images may come from another place), and whether anything had to change.

        Raises:
            Failure: one sentence that says what to do.
        """
        ...

    def recipes(self) -> Collection[str]:
        """Recipes of images and tools that `up` needs beside the workloads' own images."""
        ...

    def prepare(self, target: Target) -> None:
        """See that everything is on the machine that `up` needs, above all images.

        Raises:
            Failure: naming what could not be had.
        """
        ...

    def down(self, target: Target) -> None:
        """Stop every program of a stack and keep its data.

        Raises:
            Failure: when this runtime cannot, with what to do instead.
        """
        ...

    def destroy(self, target: Target) -> bool:
        """Remove what this runtime brought up without an engine; False when there was nothing of that kind."""
        ...

    def remove_leftovers(self, target: Target) -> None:
        """Remove what a half-finished run left.

        Raises:
            Failure: when something could not be removed.
        """
        ...

    def passwords(self, target: Target) -> Iterable[str]:
        """Lines that say where the passwords are, never what they are."""
        ...


def password_urns(target: Target, names: Collection[str]) -> list[str]:
    """The engine's names of generated passwords."""
    generated = (resource for resource in target.captured() if resource.type == PASSWORD)
    return [resource.urn for resource in generated if secret_of(resource.name) in names]


def tell_left_out(program: Program) -> None:
    """Note every component that the stack does without, and why."""
    for component, why in program.missing.items():
        note(f"left out: {component}. {why}")

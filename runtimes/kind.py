"""What a kind of runtime is: everything that is different between Docker, Kubernetes and the next one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

import pulumi

from runtimes.capture import CapturedResource
from runtimes.health import Health
from runtimes.operations import FindEngine, Target
from settings.model import StackSettings
from settings.runtime import RuntimeSettings
from workloads.place import Place
from workloads.program import Program
from workloads.runtime import Runtime


class RuntimeKind(ABC):
    """One kind of runtime. A folder of `runtimes/` offers it as `RUNTIME`; nothing else registers it.

    Attributes:
        name: what `monitoring:runtime` says, and the name of its section of the stack file.
        settings: the model of that section.
        renders_content: whether a rendered tree carries Grafana's content as files, because whoever runs the tree has
            no provider that could write it.
        tree: what can be done with a rendered tree, in a sentence or two.
    """

    name: ClassVar[str]
    settings: ClassVar[type[RuntimeSettings]]
    renders_content: ClassVar[bool]
    tree: ClassVar[str]

    @abstractmethod
    def place(self, settings: StackSettings) -> Place:
        """What components may know of where they will run."""

    @abstractmethod
    def provider(self, settings: StackSettings) -> pulumi.ProviderResource:
        """The Pulumi provider that the stack's resources are made with, for the program to pass in."""

    @abstractmethod
    def runtime(self, program: Program, *, rendered: bool) -> Runtime:
        """What deploys the program's workloads.

        Args:
            rendered: the resources are captured to be written as a tree: paths are relative to it.
        """

    @abstractmethod
    def render(self, program: Program, captured: Sequence[CapturedResource]) -> Mapping[str, str]:
        """The files of a rendered tree by relative path, without secrets."""

    @abstractmethod
    def up(self, target: Target, find_engine: FindEngine) -> tuple[Target, bool]:
        """Bring a stack up and wait until it is healthy.

        Returns:
            The stack as it was deployed (images may come from another place), and whether anything had to change.

        Raises:
            Failure: one sentence that says what to do.
        """

    @abstractmethod
    def prepare(self, target: Target) -> None:
        """See that everything is on the machine that `up` needs, above all images.

        Raises:
            Failure: naming what could not be had.
        """

    @abstractmethod
    def down(self, target: Target) -> None:
        """Stop every program of a stack and keep its data.

        Raises:
            Failure: when this runtime cannot, with what to do instead.
        """

    @abstractmethod
    def destroy(self, target: Target) -> bool:
        """Remove what this runtime brought up without an engine; False when there was nothing of that kind."""

    @abstractmethod
    def remove_leftovers(self, target: Target) -> None:
        """Remove what a half-finished run left.

        Raises:
            Failure: when something could not be removed.
        """

    @abstractmethod
    def passwords(self, target: Target) -> Iterator[str]:
        """Lines that say where the passwords are, never what they are."""

    @abstractmethod
    def health(self, program: Program) -> Health:
        """The running stack, to be asked.

        Raises:
            CouldNotRunError: when the runtime does not answer.
        """

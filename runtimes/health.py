"""What verification asks of a runtime: how workloads are, what is exposed, and a way to each program's API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import httpx

from components.endpoints import Endpoint

ANSWER_SECONDS = 10
"""How long a program gets to answer."""


class NoAnswerError(Exception):
    """A component cannot be asked; the message says why and what to do, in one sentence."""


class NoWayError(NoAnswerError):
    """A component cannot be asked from this machine, and need not be; the message says why and what can be done."""


class CouldNotRunError(Exception):
    """Nothing can be verified; the message says why and what to do."""


@dataclass(frozen=True)
class WorkloadHealth:
    """How a workload is.

    Attributes:
        state: healthy; waiting: not healthy, but may be in a moment; broken: it will not be without somebody's help.
        told: what was found and, unless it is healthy, what to do; one sentence.
        started: when it was, in seconds since 1970, where the runtime says so.
    """

    state: Literal["healthy", "waiting", "broken"]
    told: str
    started: float = 0


@dataclass(frozen=True)
class Exposure:
    """What can be reached from outside.

    Attributes:
        counted: what was looked at, in words.
        problems: what is open that should not be, a sentence each.
    """

    counted: str
    problems: tuple[str, ...]


class Api(Protocol):
    """Somewhere to ask."""

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        """The parsed answer.

        Raises:
            NoAnswerError: when there is none, or another status than 200, or no JSON.
        """
        ...

    def text(self, path: str, params: Mapping[str, str] | None = None) -> str:
        """The answer as it came.

        Raises:
            NoAnswerError: when there is none, or another status than 200.
        """
        ...

    def send(self, method: Literal["POST", "DELETE"], path: str, document: object = None) -> str:
        """Send a JSON document and return the answer as it came.

        Raises:
            NoAnswerError: when there is none, or another status than 200.
            NoWayError: when nothing can be sent to it from this machine.
        """
        ...


def loopback_client() -> httpx.Client:
    """A client for what this machine publishes to itself: no proxy, and no redirect taken for an answer."""
    return httpx.Client(timeout=ANSWER_SECONDS, trust_env=False)


def not_readable(path: object) -> str:
    """Why a file of a stack cannot be read, and what to do about it."""
    return f"{path} may not be read: run this as the user who ran make up."


def up_command(stack: str) -> str:
    """The command that brings a stack up."""
    return "make up" if stack == "dev" else f"make up STACK={stack}"


class Health(Protocol):
    """The running stack, as its runtime sees it. Nothing here changes anything."""

    @property
    def confinement(self) -> str:
        """How far the stack can be reached when all is well, in a few words."""
        ...

    def require_up(self, workloads: Iterable[str]) -> None:
        """See that there is something to ask.

        Raises:
            CouldNotRunError: when none of the workloads runs, or nobody can say.
        """
        ...

    def workloads(self, names: Iterable[str]) -> Mapping[str, WorkloadHealth]:
        """How each workload is.

        Raises:
            NoAnswerError: when the runtime does not answer.
        """
        ...

    def exposure(self) -> Exposure:
        """What of the stack can be reached from outside.

        Raises:
            NoAnswerError: when the runtime does not answer.
        """
        ...

    def unread_logs(self) -> Sequence[str]:
        """Sentences that name containers beside the collector whose logs it cannot read, and say what to do.

        Raises:
            NoAnswerError: when the runtime does not answer.
        """
        ...

    def api(self, endpoint: Endpoint) -> Api:
        """A way to ask a component, with its login where it has one.

        Raises:
            NoWayError: when this machine has none.
        """
        ...

    def address(self, endpoint: Endpoint) -> str:
        """The URL under which this machine reaches an endpoint.

        Raises:
            NoWayError: when it does not.
        """
        ...

    def password(self, workload: str, file: str) -> str:
        """A secret file of a workload. Never to be shown.

        Raises:
            NoAnswerError: when it cannot be read.
        """
        ...

    def logs(self, workload: str) -> str:
        """The command that shows what a workload said."""
        ...

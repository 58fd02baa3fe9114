"""The dev stack with a pair of stores that answer what a test says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

import httpx

from components.endpoints import Endpoint
from operations.verify.declared import Declared
from operations.verify.live import Live
from operations.verify.rows import Check, Row
from program.prepare import prepare_program
from runtimes.health import Api, Health, NoAnswerError
from tests.plans import raw_configuration

NOW = 1795672342.0


@dataclass(frozen=True)
class Answers:
    """An API that answers by path; what nobody prepared gets no answer."""

    component: str
    texts: Mapping[str, str]
    asked: list[tuple[str, Mapping[str, str]]]

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        """Not asked here."""
        raise AssertionError(path)

    def text(self, path: str, params: Mapping[str, str] | None = None) -> str:
        """The prepared text; of several for one path, the one whose key stands in the query."""
        self.asked.append((path, params or {}))
        for key, text in self.texts.items():
            start, _, part = key.partition("?")
            if path == start and part in str(params):
                return text
        raise NoAnswerError(f"{self.component} does not answer.")

    def send(self, method: Literal["POST", "DELETE"], path: str, document: object = None) -> str:
        """Nothing is sent to stores."""
        raise AssertionError(path)


@dataclass
class Stack:
    """The dev stack with a pair of stores, and what they answer."""

    live: Live
    asked: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)

    def row(self, checks: Callable[[Live], list[Check]], name: str) -> Row:
        """The row of that name."""
        (check,) = [check for check in checks(self.live) if name in check.names]
        (found,) = [row for row in check.run() if row.name == name]
        return found


class _Health:
    def __init__(self, texts: Mapping[str, str], asked: list[tuple[str, Mapping[str, str]]]) -> None:
        self._texts, self._asked = texts, asked

    def api(self, endpoint: Endpoint) -> Api:
        return Answers(endpoint.workload, self._texts, self._asked)

    def unread_logs(self) -> list[str]:
        return self._texts.get("unread", "").splitlines()

    def logs(self, workload: str) -> str:
        return f"docker logs {workload}"


def stack_with(logs: str, traces: str, answers: Mapping[str, str], **sections: object) -> Stack:
    """The stack: its stores, and their answers by path or by `path?part of the query`."""
    stores = {"logs": {"store": logs}, "traces": {"store": traces}}
    program = prepare_program(raw_configuration("dev", {**stores, **sections}), "dev")
    asked: list[tuple[str, Mapping[str, str]]] = []
    health = cast(Health, _Health(answers, asked))
    return Stack(Live(Declared("dev", program), health, httpx.Client(), lambda: NOW), asked)

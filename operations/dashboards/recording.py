"""Answers that are kept: asked once, they can be drawn again, by other dashboards too."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from components.stores.panel import Window
from dashboards.queries import Query
from operations.queries.asking import Asking, QueryAnswer
from runtimes.health import CouldNotRunError, NoAnswerError

_FILE = "recording.json"
# What only says how an answer is shown.
_SHOWN = frozenset({"refId", "legendFormat", "format", "hide"})


@dataclass(frozen=True)
class Recording:
    """Answers by what was asked; it answers what it has."""

    window: Window
    answers: Mapping[str, QueryAnswer]

    def ask(self, query: Query, window: Window) -> QueryAnswer:
        """Give the answer again, whenever it is asked for.

        Raises:
            NoAnswerError: when it was not recorded.
        """
        answer = self.answers.get(_key(query))
        if answer is None:
            raise NoAnswerError(f"nothing was recorded for this query ({query.expr}): record again.")
        return answer

    def write(self, directory: Path) -> None:
        """Keep it in a directory, which is made when it is not there."""
        directory.mkdir(parents=True, exist_ok=True)
        document = {
            "window": vars(self.window),
            "answers": {
                key: {"document": answer.document, "count": answer.count, "exemplars": answer.exemplars}
                for key, answer in sorted(self.answers.items())
            },
        }
        (directory / _FILE).write_text(json.dumps(document), encoding="utf-8")


@dataclass(frozen=True)
class Recorder:
    """Asks somebody, and keeps every answer."""

    asking: Asking
    answers: dict[str, QueryAnswer] = field(default_factory=dict)

    def ask(self, query: Query, window: Window) -> QueryAnswer:
        """As `Asking` says; what was asked before is not asked again."""
        key = _key(query)
        if key not in self.answers:
            self.answers[key] = self.asking.ask(query, window)
        return self.answers[key]


def read_recording(directory: Path) -> Recording:
    """The recording in a directory.

    Raises:
        CouldNotRunError: when there is none, or what is there is none.
    """
    path = directory / _FILE
    try:
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        answers = {key: QueryAnswer(**answer) for key, answer in document["answers"].items()}
        return Recording(Window(**document["window"]), answers)
    except OSError as error:
        raise CouldNotRunError(
            f"{path} cannot be read ({error.strerror}): name a directory that --record wrote."
        ) from None
    except (ValueError, KeyError, TypeError) as error:
        raise CouldNotRunError(f"{path} is no recording ({error}): write it anew with --record.") from None


def _key(query: Query) -> str:
    """What is asked, of whom: all that decides the answer but the window."""
    asked = {key: value for key, value in query.target.items() if key not in _SHOWN}
    return json.dumps({**asked, "datasource": query.datasource}, sort_keys=True)

"""What a page needs to draw a dashboard: the answer to each of its queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from components.stores.panel import Window
from dashboards.queries import Query, executable_queries
from operations.queries.asking import Asking
from operations.queries.variables import patterns, resolved
from runtimes.health import NoAnswerError

_MILLI = 1000


@dataclass(frozen=True)
class Answers:
    """The answers to a dashboard's queries.

    Attributes:
        document: what the viewer calls `Recorded` (viewer/src/model.ts).
        queries: how many were executed.
        problems: what was refused, a sentence each, with dashboard and panel.
    """

    document: Mapping[str, Any]
    queries: int
    problems: tuple[str, ...]


def answers(dashboard: Mapping[str, Any], asking: Asking, window: Window) -> Answers:
    """Execute every query of a finished dashboard. One that is refused is told, and leaves the others alone.

    Raises:
        NoAnswerError: when a variable cannot be resolved: nothing could be asked then.
    """
    variables = resolved(dashboard, asking, window)
    panels: dict[str, dict[str, Any]] = defaultdict(dict)
    others: dict[str, Any] = {}
    problems: list[str] = []
    queries = executable_queries(dashboard, patterns(variables))
    for query in queries:
        answer = _answer(query, asking, window)
        if "error" in answer:
            problems.append(f"{query.where}: {answer['error']}")
        if query.panel is None:
            others[query.where] = answer
        else:
            panels[str(query.panel)][query.target["refId"]] = answer
    annotations = [annotation["name"] for annotation in dashboard.get("annotations", {}).get("list", [])]
    document = {
        "from": round(window.start * _MILLI),
        "to": round(window.end * _MILLI),
        "step": window.step,
        "variables": {name: {"options": one.options, "chosen": one.chosen} for name, one in variables.items()},
        "panels": panels,
        "annotations": {
            name: others[where]
            for name, where in ((name, f"{dashboard['uid']}: annotation {name}") for name in annotations)
            if where in others
        },
    }
    return Answers(document, len(queries), tuple(problems))


def _answer(query: Query, asking: Asking, window: Window) -> dict[str, Any]:
    try:
        answer = asking.ask(query, window)
    except NoAnswerError as error:
        return {"error": str(error)}
    return {"document": answer.document, **({"exemplars": answer.exemplars} if answer.exemplars else {})}

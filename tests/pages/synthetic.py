"""Made-up answers to every query of every dashboard, for as many services as a test wants."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise, product
from typing import Any
from zlib import crc32

from components.stores.panel import Window
from dashboards.queries import Query
from operations.queries.asking import QueryAnswer

END = datetime(2026, 11, 26, 12, 3, tzinfo=UTC).timestamp()
WINDOW = Window(END - 3600, END, 15)
# When the marks (annotations) of dashboards are.
_MARKED = Window(END - 1500, END - 1200, 15)
_IN_LEGEND = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_GROUPED = re.compile(r"\bby\s*\(([^)]*)\)")
_COUNTS = re.compile(r"\bcount\b|\bALERTS|\bchanges\(|\bcount_values\b")
_STATES = re.compile(r"\bup\b|:up\b|_up\b|_success\b|:info\b|_degraded:max\b")
_COLOURS = re.compile(r'== (\d), "color", "([^"]+)"')
_DOWN = "service-03"
# What has the name of a service.
_OF_SERVICES = ("service", "service_name")
# What labels other than the service may be; two values of each, so that parts of a whole are several.
_VALUES = {
    "le": ("0.1", "0.25", "0.5", "1", "2.5", "+Inf"),
    "severity": ("critical", "warning"),
    "alertname": ("HighErrorRate", "HighLatency"),
    "alertstate": ("firing",),
    "owner": ("shop",),
    "status": ("200", "500"),
    "code": ("200", "500"),
}


@dataclass(frozen=True)
class Synthetic:
    """A stack of so many services, every one of which has all there is."""

    services: int = 30

    def ask(self, query: Query, window: Window) -> QueryAnswer:
        """Series, lines or traces, the same ones every time."""
        match query.target["datasource"]["type"]:
            case "prometheus":
                return self._series(query, window)
            case "jaeger":
                return QueryAnswer(self._traces(query, window), 1)
            case _:
                return QueryAnswer(self._lines(window), 1)

    @property
    def _names(self) -> Sequence[str]:
        return [f"service-{number:02}" for number in range(1, self.services + 1)]

    def _series(self, query: Query, window: Window) -> QueryAnswer:
        labels = _labels(query)
        found = self._called(labels) if "source" in labels else self._labelled(labels)
        is_mark = query.where.split(": ")[-1].startswith("annotation")
        if is_mark:
            found = found[:2]
        times = [at for at in _times(window) if not is_mark or _MARKED.start <= at <= _MARKED.end]
        if query.instant:
            now = [(one, _text(one, window.end, query)) for one in found]
            result: list[dict[str, Any]] = [
                {"metric": {**one, **_coloured(text, query)}, "value": [window.end, text]} for one, text in now
            ]
        else:
            result = [{"metric": one, "values": [[at, _text(one, at, query)] for at in times]} for one in found]
        document = {
            "status": "success",
            "data": {"resultType": "vector" if query.instant else "matrix", "result": result},
        }
        exemplars = {"status": "success", "data": _exemplars(window)} if query.exemplars else None
        return QueryAnswer(document, len(found), exemplars)

    def _labelled(self, labels: Sequence[str]) -> list[dict[str, str]]:
        # A circle of the graph of dependencies is a service.
        of_services = (*_OF_SERVICES, "id")
        values = [self._names if label in of_services else _VALUES.get(label, (f"{label}-a",)) for label in labels]
        found = [dict(zip(labels, combination, strict=True)) for combination in product(*values)]
        # Twice as many as there are services is enough to see what many lines look like.
        return found[: 2 * self.services] if "le" not in labels else found[: len(_VALUES["le"])]

    def _called(self, labels: Sequence[str]) -> list[dict[str, str]]:
        """Arrows: each service needs two that come after it."""
        called = [
            {"id": f"{one} to {other}", "source": one, "target": other}
            for number, one in enumerate(self._names)
            for other in self._names[2 * number + 1 : 2 * number + 3]
        ]
        return [{label: call[label] for label in labels} for call in called]

    def _lines(self, window: Window) -> str:
        return "\n".join(
            json.dumps(
                {
                    "_time": datetime.fromtimestamp(window.end - number, UTC).isoformat(),
                    "_msg": f"request {number} took {number} ms </script><b>not a tag</b>",
                    "service.name": self._names[number % len(self._names)],
                    "severity_text": ("info", "warn", "error")[number % 3],
                    "trace_id": f"{number:032x}",
                }
            )
            for number in range(200)
        )

    def _traces(self, query: Query, window: Window) -> Mapping[str, Any]:
        if query.target.get("queryType") == "dependencyGraph":
            names = self._names[:8]
            calls = [{"parent": a, "child": b, "callCount": 10} for a, b in pairwise(names)]
            return {"data": calls}
        return {"data": [trace(number, window.end) for number in range(10)]}


def trace(number: int, end: float) -> dict[str, Any]:
    """One of Jaeger's traces: a request and the query that it makes."""
    start = round((end - number) * 1e6)
    span = {"processID": "p1", "operationName": "GET /cart", "tags": [{"key": "error", "value": number == 0}]}
    below = [{"refType": "CHILD_OF", "spanID": "a"}]
    return {
        "traceID": f"{number:032x}",
        "spans": [
            {**span, "spanID": "a", "startTime": start, "duration": 9000, "references": []},
            {
                **span,
                "spanID": "b",
                "startTime": start + 1000,
                "duration": 5000,
                "references": below,
                "processID": "p2",
            },
        ],
        "processes": {"p1": {"serviceName": "service-01"}, "p2": {"serviceName": "service-02"}},
    }


def _labels(query: Query) -> list[str]:
    """Those that the answer must have: the legend's; without a legend, those that the query groups by."""
    legend = str(query.target.get("legendFormat", ""))
    if legend:
        return list(dict.fromkeys(_IN_LEGEND.findall(legend)))
    (grouped,) = _GROUPED.findall(query.expr)[:1] or ["service"]
    # Of buckets a quantile is made, which has none.
    return [name for name in map(str.strip, grouped.split(",")) if name != "le" or "quantile" not in query.expr]


def _times(window: Window) -> Iterator[float]:
    at = window.start
    while at <= window.end:
        yield at
        at += window.step


def _text(labels: Mapping[str, str], at: float, query: Query) -> str:
    """Between 0 and 1, and smooth; times are times, counts are whole, one service is down; buckets are cumulative."""
    seed = crc32(json.dumps(labels, sort_keys=True).encode()) % 100
    if "ALERTS_FOR_STATE" in query.expr and "changes(" not in query.expr:
        return f"{(END - 540) * 1000}"
    if _COUNTS.search(query.expr):
        return f"{seed % 4}"
    if _STATES.search(query.expr):
        return "0" if _DOWN in labels.values() else "1"
    value = 0.3 + 0.2 * math.sin(at / 600 + seed)
    if "le" in labels:
        value += _VALUES["le"].index(labels["le"])
    return f"{value:.4f}"


def _coloured(text: str, query: Query) -> dict[str, str]:
    """The label that gives a state its colour, where the query sets one."""
    colours = dict(_COLOURS.findall(query.expr))
    return {"color": colours[text]} if colours else {}


def _exemplars(window: Window) -> list[dict[str, Any]]:
    return [
        {
            "seriesLabels": {"service": "service-01"},
            "exemplars": [
                {"labels": {"trace_id": f"{number:032x}"}, "value": "0.4", "timestamp": window.end - 60 * number}
                for number in range(20)
            ],
        }
    ]

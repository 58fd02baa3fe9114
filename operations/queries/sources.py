"""The data sources of a stack's dashboards, to be asked by way of its runtime."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from components.endpoints import Endpoint
from components.grafana_sources import datasources
from components.replicas import prometheuses
from components.stores import stores_of
from components.stores.panel import PanelAnswer, Window
from components.stores.store import Question
from dashboards.queries import Query
from operations.queries.asking import QueryAnswer
from runtimes.health import Health, NoAnswerError
from settings.model import StackSettings


@dataclass(frozen=True)
class Sources:
    """Whoever answers a dashboard's queries.

    Attributes:
        settings: which stores there are.
        health: how each is reached.
    """

    settings: StackSettings
    health: Health

    def ask(self, query: Query, window: Window) -> QueryAnswer:
        """Execute a query, as `Asking` says."""
        started = time.perf_counter()
        found = self._found(self._question(query, window))
        exemplars = self._found(self._exemplars(query, window)).document if query.exemplars else None
        return QueryAnswer(found.document, found.count, exemplars, time.perf_counter() - started)

    def _question(self, query: Query, window: Window) -> Question[PanelAnswer]:
        stores = stores_of(self.settings)
        if query.datasource in self._prometheus:
            return _prometheus_question(self._prometheus[query.datasource], query, window)
        if query.datasource == stores.logs.source.uid:
            return stores.logs.panel_question(query.target, window)
        if query.datasource == stores.traces.source.uid:
            return stores.traces.panel_question(query.target, window)
        there = ", ".join(source.ref.uid for source in datasources(self.settings, stores))
        raise NoAnswerError(f"{query.where}: no data source {query.datasource!r} that can be asked; there are {there}.")

    def _exemplars(self, query: Query, window: Window) -> Question[PanelAnswer]:
        params = {"query": query.expr, "start": f"{window.start}", "end": f"{window.end}"}
        return Question(self._prometheus[query.datasource], "/api/v1/query_exemplars", params, _document)

    @cached_property
    def _prometheus(self) -> Mapping[str, Endpoint]:
        """By uid of its data source, which is called as the replica is."""
        return {replica.workload: replica for replica in prometheuses(self.settings)}

    def _found(self, question: Question[PanelAnswer]) -> PanelAnswer:
        return question.read(self.health.api(question.endpoint).text(question.path, question.params))


def _prometheus_question(endpoint: Endpoint, query: Query, window: Window) -> Question[PanelAnswer]:
    if query.instant:
        return Question(endpoint, "/api/v1/query", {"query": query.expr, "time": f"{window.end}"}, _series)
    times = {"start": f"{window.start}", "end": f"{window.end}", "step": f"{window.step}"}
    return Question(endpoint, "/api/v1/query_range", {"query": query.expr, **times}, _series)


def _series(answer: str) -> PanelAnswer:
    document = json.loads(answer)
    result = document["data"]["result"]
    if document["data"]["resultType"] == "scalar":
        return PanelAnswer(document, 1)
    shown = sum(any(not math.isnan(float(value)) for _, value in _points(series)) for series in result)
    return PanelAnswer(document, shown)


def _points(series: Mapping[str, list[list[str]]]) -> list[list[str]]:
    return series["values"] if "values" in series else [series["value"]]  # type: ignore[list-item]  # one point


def _document(answer: str) -> PanelAnswer:
    document = json.loads(answer)
    return PanelAnswer(document, len(document["data"]))

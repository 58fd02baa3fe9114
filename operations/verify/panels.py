"""Whether the queries of dashboards have data: which must have, and which a healthy stack may leave empty."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from catalog.promql import needed_age
from components.demo import DEMO_ENDPOINTS
from components.stores.panel import Window
from dashboards.queries import Query, executable_queries
from dashboards.signals import METRICS_SOURCE
from operations.queries.sources import Sources
from operations.queries.variables import Variable, patterns, resolved
from operations.verify.live import Live
from runtimes.health import NoAnswerError, NoWayError
from settings.model import StackSettings

# Measured now: what a target said before it was renamed stays in an hour's range for an hour.
_METRICS_SECONDS = 300
# A dashboard's own range: a program in good health may write nothing for minutes.
_OTHER_SECONDS = 3600
_STEP_SECONDS = 15
_DAY_SECONDS = 86400
_OLDEST = "min(prometheus_tsdb_lowest_timestamp_seconds)"
# The variable that chooses services, on every dashboard that has one.
_CHOICE = "service"


@dataclass(frozen=True)
class Result:
    """What came of a query.

    Attributes:
        count: series, lines or traces that have something to show.
        problem: why it has no data though it should; empty when all is well.
        refused: it was answered with an error, or not at all.
        idle: it is about services that were never measured so: they may have had nothing to do yet.
        seconds: how long it took.
    """

    query: Query
    count: int = 0
    problem: str = ""
    refused: bool = False
    idle: bool = False
    seconds: float = 0.0


@dataclass
class Panels:
    """Asks the queries of dashboards, and again only those that were without data before."""

    live: Live
    _answered: dict[str, Result] = field(default_factory=dict)

    def results(self, dashboards: Mapping[str, Mapping[str, Any]]) -> dict[str, list[Result]]:
        """The result of every query of each dashboard, by the dashboard's uid.

        Raises:
            NoAnswerError: when variables, or the age of the stack, cannot be asked for.
        """
        age = self._age()
        return {uid: self._of(dashboard, age) for uid, dashboard in dashboards.items()}

    def _of(self, dashboard: Mapping[str, Any], age: float) -> list[Result]:
        sources = Sources(self.live.declared.settings, self.live.health)
        variables = resolved(dashboard, sources, self._window(_METRICS_SECONDS))
        must = _must_have_data(variables, self.live.declared.settings)
        return [self._result(query, sources, must, age) for query in executable_queries(dashboard, patterns(variables))]

    def _result(self, query: Query, sources: Sources, must: bool, age: float) -> Result:
        key = f"{query.where} {query.target}"
        if key not in self._answered:
            result = self._ask(query, sources, must, age)
            if result.problem or result.idle:
                return result
            self._answered[key] = result
        return self._answered[key]

    def _ask(self, query: Query, sources: Sources, must: bool, age: float) -> Result:
        is_metric = query.datasource == METRICS_SOURCE.uid
        try:
            answer = sources.ask(query, self._window(_METRICS_SECONDS if is_metric else _OTHER_SECONDS))
            if answer.count or query.may_be_empty or (is_metric and needed_age(query.expr).total_seconds() > age):
                return Result(query, answer.count, seconds=answer.seconds)
            if must:
                return Result(query, problem="no data", seconds=answer.seconds)
            if is_metric and sources.ask(query, self._day_before()).count:
                return Result(query, problem="no data any more", seconds=answer.seconds)
            return Result(query, idle=True, seconds=answer.seconds)
        except NoWayError:
            raise
        except NoAnswerError as error:
            return Result(query, problem=str(error), refused=True)

    def _window(self, length: float) -> Window:
        end = self.live.now()
        return Window(end - length, end, _STEP_SECONDS)

    def _day_before(self) -> Window:
        """The day that ended before anything that `_window` looks at."""
        end = self.live.now() - _METRICS_SECONDS
        return Window(end - _DAY_SECONDS, end, _METRICS_SECONDS)

    def _age(self) -> float:
        """For how many seconds Prometheus has had samples."""
        oldest = [value for _, value in self.live.prometheus.query(_OLDEST)]
        return self.live.now() - oldest[0] if oldest else 0.0


def _must_have_data(variables: Mapping[str, Variable], settings: StackSettings) -> bool:
    """Whether something is known to happen all the time: in the stack itself, or by the demo's traffic.

    What services of others do is theirs: one that is new may not have had its first request.
    """
    return _CHOICE not in variables or bool(busy(settings) & set(variables[_CHOICE].chosen))


def busy(settings: StackSettings) -> set[str]:
    """Services that are the demo's own, or are measured by way of one of them."""
    if not settings.demo.enabled:
        return set()
    programs = {endpoint.workload for endpoint in DEMO_ENDPOINTS}
    own = {
        service.name
        for service in settings.services
        if str(getattr(service, "target", "")).rpartition(":")[0] in programs
    }
    return own | {service.name for service in settings.services if getattr(service, "metrics_from", None) in own}

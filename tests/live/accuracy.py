"""What panels show of the demo's traffic, beside what was counted where it happened.

Both count the same interval: that between the first and the last sample of the five minutes that a recorded rate was
made from. `rate` divides by the time between these two (and then extends to the window's ends what it found, which
leaves a steady rate as it is), so counts of any other five minutes would differ by what happened at the edges.

Requests and their statuses are the generator's own counters, read from the generator itself. Percentiles are of the
duration that the service logs of each request: the caller sees the way to the service too, which no panel shows.
"""

from __future__ import annotations

import json
import math
import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from components.demo import API, DEMO_ENDPOINTS, TRAFFIC
from components.endpoints import PROMETHEUS
from components.stores import stores_of
from components.stores.panel import Window
from dashboards import dashboards_of
from dashboards.queries import executable_queries
from runtimes.health import Health
from tests.waiting import until
from workloads.program import Program

WINDOW_SECONDS = 300
_OWN = f'{{service="{API}"}}'
_REQUESTS = f"http_requests_total{_OWN}"
_BUCKETS = f"http_request_duration_seconds_bucket{_OWN}"
(_GENERATOR,) = (endpoint for endpoint in DEMO_ENDPOINTS if endpoint.workload == TRAFFIC)
# A reading takes a quarter of a second on a machine that does other things too.
_AHEAD_SECONDS = 0.5
# Every request in five minutes is far less.
_MOST_LINES = 100_000
_LOGGED = f'service.name:="{API}" AND route:* AND duration_seconds:* | fields _time, duration_seconds'


@dataclass(frozen=True)
class Comparison:
    """One line of the table.

    Attributes:
        own: what was counted where it happened.
        shown: what the panel's query answers.
        allowed: how far the second may be from the first, relative to the first.
        least: a difference up to this counts as none: what is counted cannot be halved.
    """

    what: str
    own: float
    shown: float
    allowed: float
    least: float = 0.0

    @property
    def off(self) -> float:
        """The relative difference."""
        return abs(self.shown - self.own) / self.own if self.own else math.inf if self.shown else 0.0

    @property
    def agrees(self) -> bool:
        """Whether the panel shows what happened."""
        return self.off <= self.allowed or abs(self.shown - self.own) <= self.least

    def __str__(self) -> str:
        return f"{self.what:<34} {self.own:>12.5f} {self.shown:>12.5f} {self.off:>8.2%} {self.allowed:>6.0%}"


@dataclass
class Counting:
    """The generator's counters, read again and again.

    Attributes:
        moments: when they were read, and requests by status.
    """

    program: Program
    health: Health
    moments: list[tuple[float, Mapping[str, float]]] = field(default_factory=list)

    def read(self) -> None:
        """Ask the generator itself, inside its container."""
        before = time.time()
        text = self.health.api(_GENERATOR).text("/metrics")
        counts: dict[str, float] = defaultdict(float)
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                if sample.name == "traffic_requests_total":
                    counts[sample.labels["status"]] += sample.value
        self.moments.append(((before + time.time()) / 2, counts))

    def read_around_a_scrape(self) -> None:
        """Read just before and just after the service is scraped, so that hardly anything happens in between."""
        before, newest = sorted({when for series in self._sampled(time.time()) for when in series})[-2:]
        due = newest
        while due < time.time() + _AHEAD_SECONDS:
            due += newest - before
        until(lambda: time.time() >= due - _AHEAD_SECONDS, newest - before + _AHEAD_SECONDS, pause=0.05)
        self.read()
        while self.moments[-1][0] <= due:
            self.read()

    def comparisons(self) -> list[Comparison]:
        """The table.

        Empty while the newest recorded rate is about a time before the first reading, and while a counter was born in
        its window: `rate` does not know what a counter that is new has counted before its first sample.
        """
        self.read_around_a_scrape()
        recorded = self._prometheus(f"timestamp(service:http_requests:rate5m{_OWN})", self.moments[-1][0])
        if not recorded:
            return []
        at = float(recorded[0]["value"][1])
        sampled = self._sampled(at)
        first, last = min(series[0] for series in sampled), max(series[-1] for series in sampled)
        if first < self.moments[0][0] or any(series[0] > first for series in sampled):
            return []
        return [*self._counts(at, first, last), *self._percentiles(at, first, last)]

    def _sampled(self, at: float) -> list[list[float]]:
        """When each counter was scraped in the window that ends at a moment."""
        found = self._prometheus(f"{_REQUESTS}[{WINDOW_SECONDS}s]", at)
        return [[float(when) for when, _ in series["values"]] for series in found]

    def _counts(self, at: float, first: float, last: float) -> list[Comparison]:
        statuses = self.moments[-1][1]
        own = {status: self._at(last, status) - self._at(first, status) for status in statuses if status != "none"}
        seconds, total = last - first, sum(own.values())
        failed = sum(count for status, count in own.items() if status.startswith("5"))
        shown = {
            series["metric"]["status"]: float(series["value"][1])
            for series in self._prometheus(f"sum by (status) (rate({_REQUESTS}[{WINDOW_SECONDS}s]))", at)
        }
        one = 1 / seconds
        shares = failed / total, self._shown("service:http_errors:ratio_rate5m", at)
        found = [
            Comparison(
                "requests a second", total / seconds, self._shown("service:http_requests:rate5m", at), 0.01, one
            ),
            Comparison("share of errors", *shares, 0.01, 1 / total),
        ]
        return found + [
            Comparison(f"answered {status}, a second", count / seconds, shown.get(status, 0.0), 0.01, one)
            for status, count in sorted(own.items())
        ]

    def _percentiles(self, at: float, first: float, last: float) -> list[Comparison]:
        durations = sorted(self._durations(first, last))
        series = self._prometheus(_BUCKETS, at)
        bounds = sorted({float(found["metric"]["le"]) for found in series})
        found = [
            Comparison("requests in the log", float(len(durations)), self._lines_expected(first, last), 0.01, 1.0),
        ]
        for percent in (50, 95, 99):
            shown = self._shown(f"service:http_latency:p{percent}_5m", at)
            exact = durations[math.ceil(len(durations) * percent / 100) - 1]
            within = interpolated(durations, bounds, percent / 100)
            found.append(Comparison(f"P{percent} in its bucket, seconds", within, shown, 0.02))
            # The bucket's number: what a histogram can tell of the request that it is about.
            ours, theirs = bisect_left(bounds, exact), bisect_left(bounds, shown)
            found.append(Comparison(f"P{percent}, number of its bucket", float(ours), float(theirs), 0.0))
        return found

    def _lines_expected(self, first: float, last: float) -> float:
        """How many requests the service counted."""
        then, now = (
            sum(float(series["value"][1]) for series in self._prometheus(_REQUESTS, moment)) for moment in (first, last)
        )
        return now - then

    def _durations(self, first: float, last: float) -> list[float]:
        """Of each request, as the service logged it when it ended."""
        target = {"expr": _LOGGED, "maxLines": _MOST_LINES}
        question = stores_of(self.program.settings).logs.panel_question(target, Window(first, last, 1.0))
        text = self.health.api(question.endpoint).text(question.path, question.params)
        return [float(json.loads(line)["duration_seconds"]) for line in text.splitlines()]

    def _shown(self, recorded: str, at: float) -> float:
        """What the first panel that reads a recorded series shows for the service."""
        stores = stores_of(self.program.settings)
        for document in dashboards_of(self.program.plan, stores).values():
            # What other variables choose, no panel that is looked for here reads.
            chosen = {variable["name"]: API for variable in document.get("templating", {}).get("list", [])}
            for query in executable_queries(document, {**chosen, "service": API}):
                if query.expr.startswith(f"{recorded}{{") and query.expr.count("{") == 1:
                    (series,) = self._prometheus(query.expr, at)
                    return float(series["value"][1])
        raise AssertionError(f"no panel reads {recorded}")

    def _at(self, moment: float, status: str) -> float:
        """The generator's counter at a moment between two readings, which are near where it matters."""
        for (before, counts), (after, later) in pairwise(self.moments):
            if before <= moment <= after:
                share = (moment - before) / (after - before)
                ours, theirs = counts.get(status, 0.0), later.get(status, 0.0)
                return ours + share * (theirs - ours)
        raise AssertionError(f"{moment} is not between two readings")

    def _prometheus(self, expression: str, at: float) -> list[dict[str, Any]]:
        answer = self.health.api(PROMETHEUS).get("/api/v1/query", {"query": expression, "time": f"{at}"})
        result: list[dict[str, Any]] = answer["data"]["result"]
        return result


def interpolated(durations: Sequence[float], bounds: Sequence[float], quantile: float) -> float:
    """What a histogram with these buckets would tell of a quantile of these durations: a straight line in its bucket.

    Args:
        durations: sorted.
        bounds: upper ends of the buckets, sorted, the last infinite.
        quantile: from 0 to 1.
    """
    rank = quantile * len(durations)
    below = 0
    for lower, upper in pairwise([0.0, *bounds]):
        inside = sum(lower < duration <= upper for duration in durations)
        if below + inside >= rank:
            return lower if math.isinf(upper) else lower + (upper - lower) * (rank - below) / inside
        below += inside
    raise AssertionError("no bucket holds it")


def table(found: Sequence[Comparison]) -> str:
    """The comparisons, for people."""
    head = f"{'':<34} {'happened':>12} {'shown':>12} {'off':>8} {'may':>6}"
    return "\n".join([head, *map(str, found)])

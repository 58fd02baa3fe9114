"""Counters in PromQL, with what they had counted when they appeared."""

from __future__ import annotations

from dataclasses import dataclass

from catalog.promql import any_of, series
from settings.types import seconds


@dataclass(frozen=True)
class Counter:
    """A counter of one service.

    `rate` and `increase` take a counter's first sample for its start: a series that appears with the value 3, because
    counters with labels exist from the first event on, has grown by nothing. Here it has grown by 3, where it is known
    that the series is new and not only newly seen: its target answered at the window's start or before the series
    appeared, or other series of the counter were there then, or its process is younger than the window.

    Attributes:
        name: of the counter.
        source: matchers that all series of the program have, for example `service="api"`.
        only: further matchers of the series that count.
    """

    name: str
    source: str
    only: str = ""

    def increase(self, window: str = "5m", by: str = "") -> str:
        """Events in the window, summed.

        Args:
            window: a PromQL duration of one unit.
            by: labels to keep, with commas between them, as `promql.label` writes them.
        """
        return self._summed("increase", window, by, "")

    def rate(self, window: str = "5m", by: str = "") -> str:
        """Events per second over the window, summed; the arguments are those of `increase`."""
        return self._summed("rate", window, by, f" / {seconds(window)}")

    def _summed(self, function: str, window: str, by: str, per_second: str) -> str:
        own = series(self.name, self.source, self.only)
        there = f"{{__name__=~{any_of(('up', 'target_info', self.name))}, {self.source}}} offset {window} > 0"
        young = f"process_start_time_seconds{{{self.source}}} > time() - {seconds(window)}"
        # A window of a day, and a target that is watched for an hour: it answered more often than it had the series.
        answers = f"max by (instance) (sum_over_time(up{{{self.source}}}[{window}]))"
        later = f"count_over_time({own}[{window}]) < on (instance) group_left () {answers}"
        # What has vanished within the window counts too: a worker that lived for one task.
        last = f"last_over_time({own}[{window}])"
        known = f"{last} and on (instance) ({there} or {young}) or {later}"
        born = f"({last} unless {own} offset {window} and ({known}))"
        return f"sum{f' by ({by}) ' if by else ''}({born}{per_second} or {function}({own}[{window}]))"

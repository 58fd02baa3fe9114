"""A line over a month as SVG inside a page: no program runs, nothing is fetched, and it prints.

A library would bring fonts, scripts or a raster with it; a line with two axes is less than its configuration.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from operations.report.measured import STEP_SECONDS, Points
from operations.report.month import Month

_WIDTH, _HEIGHT = 720, 130
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 8, 8, 22
_HOUR = 3600
_DAYS = (1, 8, 15, 22, 29)


def plot(
    title: str,
    points: Points,
    month: Month,
    shown: Callable[[float], str],
    *,
    low: float | None = None,
    high: float | None = None,
    limit: float | None = None,
    worst: Callable[[Sequence[float]], float] = max,
) -> str:
    """A figure with the worst value of each hour; empty where there is no data.

    Args:
        title: what it shows.
        points: what is measured.
        month: its horizontal axis.
        shown: how a value is written.
        low: where the vertical axis begins; default: at the lowest value.
        high: where it ends; default: at the highest value.
        limit: drawn as a dashed line.
        worst: of the values of an hour.
    """
    hours = _hours(points, month, worst)
    values = [value for _, value in hours] + ([] if limit is None else [limit])
    bottom, top = min([*values, *([] if low is None else [low])]), max([*values, *([] if high is None else [high])])
    top = top if top > bottom else bottom + (abs(bottom) or 1)

    def x(at: float) -> float:
        return _LEFT + (at - month.start) / (month.end - month.start) * (_WIDTH - _LEFT - _RIGHT)

    def y(value: float) -> float:
        return _HEIGHT - _BOTTOM - (value - bottom) / (top - bottom) * (_HEIGHT - _TOP - _BOTTOM)

    marks = [
        *(_horizontal(y(value), shown(value), "axis") for value in (bottom, (bottom + top) / 2, top)),
        *(_day(day, x(at)) for day, at in _days(month)),
        *([] if limit is None else [_horizontal(y(limit), "", "limit")]),
        *(_line([(x(at), y(value)) for at, value in run]) for run in _runs(hours)),
    ]
    what = f"{title}: from {shown(min(value for _, value in hours))} to {shown(max(value for _, value in hours))}"
    body = "\n".join(marks)
    return (
        f'<figure><figcaption>{escape(title)}</figcaption>\n<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img"'
        f' aria-label="{escape(what)}">\n{body}\n</svg></figure>'
    )


def _hours(points: Points, month: Month, worst: Callable[[Sequence[float]], float]) -> Points:
    """The worst value of each hour, at its middle."""
    found: dict[int, list[float]] = {}
    for at, value in points:
        # A point looks back: the one at the end of an hour belongs to it.
        found.setdefault(int((at - month.start - STEP_SECONDS) // _HOUR), []).append(value)
    return [(month.start + (hour + 0.5) * _HOUR, worst(values)) for hour, values in sorted(found.items())]


def _runs(hours: Points) -> Iterator[Points]:
    """Parts without a gap."""
    run: list[tuple[float, float]] = []
    for at, value in hours:
        if run and at - run[-1][0] > _HOUR * 1.5:
            yield run
            run = []
        run.append((at, value))
    if run:
        yield run


def _line(points: Sequence[tuple[float, float]]) -> str:
    # A single hour is a dot: a line of no length with round ends.
    drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in (points if len(points) > 1 else [*points, *points]))
    return f'<polyline class="line" points="{drawn}"/>'


def _horizontal(y: float, text: str, kind: str) -> str:
    line = f'<line class="{kind}" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
    return line + (f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{escape(text)}</text>' if text else "")


def _day(day: int, x: float) -> str:
    bottom = _HEIGHT - _BOTTOM
    line = f'<line class="axis" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{bottom}"/>'
    return f'{line}<text x="{x:.1f}" y="{_HEIGHT - 6}" text-anchor="middle">{day}</text>'


def _days(month: Month) -> Iterator[tuple[int, float]]:
    first = datetime.fromtimestamp(month.start, ZoneInfo(month.zone))
    for day in _DAYS:
        try:
            at = first.replace(day=day).timestamp()
        except ValueError:
            continue
        if at < month.end:
            yield day, at

"""A line over a month, as SVG."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from operations.report.figures import latency, short_percent
from operations.report.month import month_of
from operations.report.plot import plot
from tests.unit.operations.oncall.shift import NOW
from tests.unit.operations.report.past import OCTOBER, ZONE, points

FEBRUARY = month_of("2026-02", ZONE, NOW)


def lines(figure: str) -> list[list[tuple[float, float]]]:
    """The points of each line that is drawn."""
    found = re.findall(r'<polyline class="line" points="([^"]+)"', figure)
    return [[(float(x), float(y)) for x, y in (pair.split(",") for pair in text.split())] for text in found]


def words(figure: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]+)</text>", figure)


def test_the_worst_value_of_each_hour_is_drawn_between_the_edges() -> None:
    # One point of one hour is 0.
    known = points(OCTOBER, lambda hour: 0.0 if abs(hour - 10.5) < 0.01 else 1.0)
    (line,) = lines(plot("Availability", known, OCTOBER, short_percent, low=0, high=1, worst=min))
    assert len(line) == 745
    assert [x for x, _ in line] == sorted(x for x, _ in line)
    assert 60 <= line[0][0] < 61 and 711 < line[-1][0] <= 712
    assert [number for number, (_, y) in enumerate(line) if y > 100] == [10]
    assert {y for _, y in line} == {8.0, 108.0}


def test_a_gap_is_not_drawn_and_a_lone_hour_is_a_dot() -> None:
    known = points(OCTOBER, lambda hour: 1.0 if hour <= 48 or 100 < hour <= 101 or hour > 700 else None)
    first, dot, last = lines(plot("Availability", known, OCTOBER, short_percent))
    assert (len(first), len(last)) == (48, 45)
    assert dot == [dot[0]] * 2


def test_axes_have_days_and_values_and_a_limit_is_always_in_sight() -> None:
    figure = plot("Budget", points(FEBRUARY, lambda _: 0.9), FEBRUARY, short_percent, high=1, limit=0, worst=min)
    assert words(figure) == ["0 %", "50 %", "100 %", "1", "8", "15", "22"]
    assert 'class="limit"' in figure
    assert "29" in words(plot("Latency", points(OCTOBER, lambda _: 0.9), OCTOBER, latency, low=0))


def test_what_is_the_same_all_month_is_drawn_too() -> None:
    (line,) = lines(plot("Latency", points(OCTOBER, lambda _: 0.0), OCTOBER, latency, low=0))
    assert {y for _, y in line} == {108.0}


def test_it_is_one_well_formed_figure_that_says_what_it_shows() -> None:
    figure = plot('p95 of <b> & "c"', points(OCTOBER, lambda hour: hour), OCTOBER, latency)
    root = ElementTree.fromstring(figure)  # noqa: S314  # our own
    (svg,) = root.findall("svg")
    assert (root.tag, root.findtext("figcaption")) == ("figure", 'p95 of <b> & "c"')
    assert svg.attrib["aria-label"] == 'p95 of <b> & "c": from 1 s to 745 s'

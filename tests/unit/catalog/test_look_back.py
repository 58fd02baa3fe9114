"""How far rules look back: read from their expressions, and only where what they read exists."""

from __future__ import annotations

from datetime import timedelta

import pytest

from catalog.look_back import as_duration, furthest

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("expression", "back"),
    [
        ("up", 0 * HOUR),
        ("rate(requests_total[5m])", HOUR / 12),
        ("avg_over_time(x[1h] offset 6d23h30m)", 7 * 24 * HOUR + HOUR / 2),
        ("x - x offset 1d", 24 * HOUR),
        ("max_over_time(rate(x[5m])[6h:1m] offset 1d)", 30 * HOUR + HOUR / 12),
        ('quantile(0.9, sum by (a) (x{a=~"b"} offset 2h))', 2 * HOUR),
        ("(x > 1) or -avg_over_time(y[3h])", 3 * HOUR),
    ],
)
def test_a_selector_reaches_back_by_its_windows_and_offsets(expression: str, back: timedelta) -> None:
    (found,) = [furthest([], [("rule", expression)])]
    assert found
    assert found.back == back


def test_series_that_nothing_records_are_not_read() -> None:
    recording = "{record: b:c, expr: 'sum_over_time(a:b[3d]) * 2'}"
    rules = f"groups: [{{name: slo, rules: [{recording}, {{alert: A, expr: b:c offset 4d}}]}}]"
    without = furthest([rules], [("x:y", "rate(x[5m])")])
    assert without
    assert without.back == HOUR / 12
    recorded = furthest([rules], [("a:b", "vector(1)")])
    assert recorded
    assert (recorded.rule, recorded.back) == ("A", 96 * HOUR)


def test_no_rules_look_back_at_nothing() -> None:
    assert furthest([], []) is None


@pytest.mark.parametrize(("hours", "said"), [(72, "3d"), (505, "505h"), (0.5, "30m"), (1 / 120, "30s")])
def test_a_duration_is_said_in_its_largest_whole_unit(hours: float, said: str) -> None:
    assert as_duration(hours * HOUR) == said

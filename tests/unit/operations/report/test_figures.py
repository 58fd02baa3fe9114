"""Figures as people read them."""

from __future__ import annotations

import pytest

from operations.report.figures import count, duration, latency, percent, short_percent


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (None, "no data"),
        (1.0, "100 %"),
        (0.0, "0 %"),
        (0.99995, "99.995 %"),
        (0.999999, "99.9999 %"),
        (1 - 1e-12, "just below 100 %"),
        (0.9987654, "99.88 %"),
        (4.666, "466.60 %"),
        (-0.5, "-50.00 %"),
    ],
)
def test_a_share_that_is_not_all_never_reads_as_all(share: float | None, text: str) -> None:
    assert percent(share) == text


def test_lengths_of_time_have_their_two_largest_units() -> None:
    lengths = [12, 90, 3540, 3600, 5400, 86_399, 90_000, 172_800]
    assert [duration(seconds) for seconds in lengths] == [
        "12 s",
        "2 min",
        "59 min",
        "1 h",
        "1 h 30 min",
        "1 d",
        "1 d 1 h",
        "2 d",
    ]


def test_latencies_counts_and_labels_of_axes() -> None:
    assert (latency(0.02402), latency(1.5)) == ("24 ms", "1.5 s")
    assert count(1234567.6) == "1 234 568"
    assert (short_percent(0.5), short_percent(-0.34229)) == ("50 %", "-34.2 %")

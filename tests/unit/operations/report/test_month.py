"""The month that a report is about."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from operations.report.month import month_of
from runtimes.console import Failure

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC).timestamp()


def utc(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def test_a_month_has_the_midnights_of_its_time_zone() -> None:
    march = month_of("2026-03", "Europe/Berlin", NOW)
    assert (march.start, march.end) == (utc("2026-02-28T23:00"), utc("2026-03-31T22:00"))
    assert (march.until, march.goes_on, march.title) == (march.end, False, "March 2026")
    december = month_of("2025-12", "UTC", NOW)
    assert (december.start, december.end) == (utc("2025-12-01T00:00"), utc("2026-01-01T00:00"))


@pytest.mark.parametrize("text", ["2026-11", None])
def test_the_month_that_goes_on_ends_now(text: str | None) -> None:
    month = month_of(text, "UTC", NOW)
    assert (month.name, month.until, month.goes_on) == ("2026-11", NOW, True)
    assert month.end == utc("2026-12-01T00:00")


def test_which_month_it_is_depends_on_the_time_zone() -> None:
    late = utc("2026-11-30T18:00")
    assert month_of(None, "Pacific/Kiritimati", late).name == "2026-12"
    assert month_of("2026-12", "Pacific/Kiritimati", late).goes_on
    with pytest.raises(Failure, match="to come"):
        month_of("2026-12", "UTC", late)


@pytest.mark.parametrize(
    "text", ["2026-13", "2026-00", "26-11", "2026-1", "2026/11", "November", "", "2026-11-01", "0000-01", "9999-12"]
)
def test_what_is_no_month_is_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(Failure) as failed:
        month_of(text, "UTC", NOW)
    assert str(failed.value) == f"--month: found {text!r}. Allowed: a month that has begun, such as 2026-11."


def test_a_month_to_come_is_refused() -> None:
    with pytest.raises(Failure) as failed:
        month_of("2026-12", "UTC", NOW)
    assert str(failed.value) == (
        "--month: found '2026-12', which is to come. Allowed: a month that has begun, such as 2026-11."
    )

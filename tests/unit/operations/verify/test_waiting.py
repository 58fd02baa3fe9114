"""Asking again: what may become true gets its time, what cannot is told at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from operations.verify.rows import Check, Row, failed, not_yet, passed, skipped
from operations.verify.waiting import settled
from runtimes.health import NoAnswerError, NoWayError
from tests.unit.operations.verify.world import Silent


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def counting(name: str, answers: list[Row]) -> tuple[Check, list[int]]:
    """A check that gives one answer after the other and repeats the last."""
    asked: list[int] = []

    def ask(_: str) -> Row:
        asked.append(1)
        return answers[min(len(asked), len(answers)) - 1]

    return Check.one(name, ask), asked


def test_a_row_that_becomes_true_is_asked_again_and_no_other() -> None:
    clock = Clock()
    late, late_asked = counting("late", [not_yet("late", "no"), not_yet("late", "no"), passed("late", "yes")])
    wrong, wrong_asked = counting("wrong", [failed("wrong", "for good")])
    right, right_asked = counting("right", [passed("right", "yes")])
    rows = settled([late, wrong, right], 60, Silent(), clock=clock, sleep=clock.sleep)
    assert [row.status for row in rows] == ["passed", "failed", "passed"]
    assert (len(late_asked), len(wrong_asked), len(right_asked)) == (3, 1, 1)
    assert clock.now == 1006.0


def test_the_wait_ends() -> None:
    clock = Clock()
    never, asked = counting("never", [not_yet("never", "no")])
    rows = settled([never], 7, Silent(), clock=clock, sleep=clock.sleep)
    assert rows == [not_yet("never", "no")]
    assert (clock.now, len(asked)) == (1007.0, 4)


def test_without_a_wait_everything_is_asked_once() -> None:
    never, asked = counting("never", [not_yet("never", "no")])
    settled([never], 0, Silent())
    assert len(asked) == 1


def raising(error: Exception) -> Check:
    def run() -> list[Row]:
        raise error

    return Check(("a", "b"), run)


@pytest.mark.parametrize(
    ("error", "row", "detail"),
    [
        (NoAnswerError("it is gone: start it."), not_yet, "it is gone: start it."),
        (NoWayError("it is inside the cluster."), skipped, "it is inside the cluster."),
        (KeyError("health"), not_yet, "an answer has another form than expected (KeyError: 'health'): report this."),
        (ValueError("no"), not_yet, "an answer has another form than expected (ValueError: no): report this."),
    ],
)
def test_a_check_that_gets_no_answer_is_a_row_for_each_of_its_names(
    error: Exception, row: Callable[[str, str], Row], detail: str
) -> None:
    assert settled([raising(error)], 0, Silent()) == [row("a", detail), row("b", detail)]


def test_an_error_of_our_own_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        settled([raising(ZeroDivisionError())], 0, Silent())


def test_a_check_without_rows_is_no_row() -> None:
    assert settled([Check((), list)], 0, Silent()) == []

"""Rows and the checks that make them."""

from __future__ import annotations

from operations.verify.rows import Check, Row, failed, not_yet, passed, skipped


def test_each_kind_of_row_has_its_status_and_only_one_may_change() -> None:
    assert [make("a", "why") for make in (passed, failed, not_yet, skipped)] == [
        Row("a", "passed", "why", may_change=False),
        Row("a", "failed", "why", may_change=False),
        Row("a", "failed", "why", may_change=True),
        Row("a", "skipped", "why", may_change=False),
    ]


def test_a_check_of_one_row_is_told_its_name() -> None:
    check = Check.one("rules loaded", lambda name: passed(name, f"{name} it is"))
    assert check.names == ("rules loaded",)
    assert check.run() == [passed("rules loaded", "rules loaded it is")]

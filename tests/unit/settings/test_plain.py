"""Values that no program could read, from the engine too."""

from __future__ import annotations

import pytest

from settings.errors import Mistake
from settings.plain import plain


def checked(value: object) -> tuple[object, list[str]]:
    mistakes: list[Mistake] = []
    return plain(value, "here", mistakes), [str(mistake) for mistake in mistakes]


def test_what_can_be_read_stays_as_it_is() -> None:
    value = {"a": [1, -2.5, True, None, "naïve 🚀\nnext\tcolumn"], "b": {"c": 2**63 - 1}}
    assert checked(value) == (value, [])


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (float("inf"), "here.a[0]: found inf. Allowed: a finite number."),
        (float("nan"), "here.a[0]: found nan. Allowed: a finite number."),
        (10**19, "here.a[0]: found 10000000000000000000. Allowed: a number up to 9223372036854775807."),
        (
            "bell\x07",
            "here.a[0]: found 'bell\\x07', with a character that cannot be seen. "
            "Allowed: text of characters, blanks and line ends.",
        ),
        (
            "\ud83d",
            "here.a[0]: found '\\ud83d', with a character that cannot be seen. "
            "Allowed: text of characters, blanks and line ends.",
        ),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place_and_replaced(value: object, sentence: str) -> None:
    left, mistakes = checked({"a": [value]})
    assert mistakes == [sentence]
    assert checked(left) == (left, [])


def test_a_value_that_holds_itself_is_a_mistake() -> None:
    endless: list[object] = []
    endless.append(endless)
    _, mistakes = checked(endless)
    assert mistakes == [f"here{'[0]' * 51}[0…: found more than 100 levels. Allowed: 100 levels at most."]

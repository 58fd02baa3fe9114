"""What is left of a section without what is wrong in it."""

from __future__ import annotations

from typing import Any

from settings.partial import without

STAND_INS = {"target": "unreadable:1"}


def detail(*location: int | str, kind: str = "string_type", **context: Any) -> Any:
    return {"loc": location, "type": kind, "ctx": context, "msg": "", "input": None}


def test_places_that_are_wrong_are_left_out_at_any_depth() -> None:
    value = {"a": 1, "b": {"c": 2, "d": [3, 4, {"e": 5, "f": 6}]}}
    assert without(value, [detail("a"), detail("b", "d", 0), detail("b", "d", 2, "f")], {}) == {
        "b": {"c": 2, "d": [4, {"e": 5}]}
    }


def test_what_lacks_a_key_is_left_out_as_a_whole() -> None:
    assert without({"slo": {"latency": {}}, "a": 1}, [detail("slo", "latency", "seconds", kind="missing")], {}) == {
        "slo": {},
        "a": 1,
    }


def test_the_field_that_a_validator_names_is_left_out() -> None:
    assert without({"a": {"b": 1, "c": 2}}, [detail("a", kind="mistake", field="b")], {}) == {"a": {"c": 2}}


def test_a_key_that_it_cannot_do_without_is_replaced() -> None:
    assert without({"target": 5}, [detail("target")], STAND_INS) == STAND_INS
    assert without({}, [detail("target", kind="missing")], STAND_INS) == STAND_INS


def test_nothing_is_left_where_a_key_is_missing_or_the_whole_is_wrong() -> None:
    assert without({}, [detail("password", kind="missing")], STAND_INS) is None
    assert without({"a": 1}, [detail(kind="mistake", field="")], STAND_INS) is None

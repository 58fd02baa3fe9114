"""Two documents, compared by their structure."""

from __future__ import annotations

from typing import Any

import pytest

from operations.drift.documents import Spot, differing, lines


def found(wanted: Any, there: Any, *, filled_in: bool = False) -> list[Spot]:
    return list(differing(wanted, there, filled_in=filled_in))


@pytest.mark.parametrize("same", [{}, [], {"a": [1, {"name": "b", "c": None}]}, "text", None])
def test_equal_documents_do_not_differ(same: Any) -> None:
    assert found(same, same) == []


def test_a_place_is_named_from_the_top() -> None:
    assert found({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3]}}) == [Spot("a.b[1]", 2, 3)]


def test_a_key_that_only_one_side_has() -> None:
    assert found({"a": 1}, {"b": 2}) == [Spot("a", 1, None), Spot("b", None, 2)]


def test_items_are_told_apart_by_their_names_wherever_they_stand() -> None:
    ours = [{"name": "a", "x": 1}, {"name": "b", "x": 2}]
    theirs = [{"name": "c", "x": 3}, {"name": "b", "x": 4}, {"name": "a", "x": 1}]
    assert found(ours, theirs) == [Spot("[b].x", 2, 4), Spot("[c]", None, {"name": "c", "x": 3})]


def test_items_of_one_name_are_told_apart_by_their_places() -> None:
    assert found([{"name": "a"}, {"name": "a"}], [{"name": "a"}]) == [Spot("[1]", {"name": "a"}, None)]


def test_a_panel_is_called_by_its_title_and_told_apart_by_its_number() -> None:
    assert found([{"id": 3, "title": "Requests"}], [{"id": 3, "title": "Mine"}]) == [
        Spot("[Requests].title", "Requests", "Mine")
    ]


def test_what_a_program_fills_in_leaves_out_or_hides_is_no_difference() -> None:
    ours = {"a": 1, "empty": [], "key": "hunter2"}
    theirs = {"a": 1, "b": 2, "key": "<secret>"}
    assert found(ours, theirs, filled_in=True) == []
    assert [place.path for place in found(ours, theirs)] == ["empty", "key", "b"]


def test_a_further_item_is_one_even_where_keys_are_filled_in() -> None:
    assert found({"a": [1]}, {"a": [1, 2]}, filled_in=True) == [Spot("a[1]", None, 2)]


def test_long_values_are_cut_short_for_the_reader() -> None:
    path, wanted, there = lines([Spot("a", {"b": "x" * 500}, None)])
    assert (path, there) == ("a:", "+ nothing")
    assert wanted.startswith('- {"b": "xxx') and wanted.endswith("…") and len(wanted) < 200

"""A stack file laid over the file that it extends: what becomes of each kind of value, and where it then stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from settings.layers import Layer, Location, laid_over, location, service_names


def merged(upper: Mapping[str, Any], lower: Mapping[str, Any], *without: str) -> Mapping[str, object]:
    return laid_over(Layer(upper), Layer(lower), without).values


@pytest.mark.parametrize(
    ("upper", "lower", "expected"),
    [
        ({}, {"a": 1}, {"a": 1}),
        ({"a": 2}, {"a": 1}, {"a": 2}),
        ({"a": {"x": 2}}, {"a": {"x": 1, "y": {"z": 1}}}, {"a": {"x": 2, "y": {"z": 1}}}),
        ({"a": {"y": {"w": 2}}}, {"a": {"y": {"z": 1}}}, {"a": {"y": {"z": 1, "w": 2}}}),
        ({"a": [3]}, {"a": [1, 2]}, {"a": [3]}),
        ({"a": {"x": 1}}, {"a": [1]}, {"a": {"x": 1}}),
        ({"a": {"x": None}}, {"a": {"x": 1, "y": 2}}, {"a": {"y": 2}}),
        ({"a": None}, {"a": {"x": 1}}, {}),
        ({"a": {"x": None}}, {}, {"a": {"x": None}}),
        ({"a": False}, {"a": True}, {"a": False}),
    ],
    ids=[
        "only below",
        "the upper wins",
        "mappings key by key",
        "at every depth",
        "lists as a whole",
        "another type",
        "null takes a key away",
        "null takes a section away",
        "null without anything to take away stays, to be refused",
        "false is a value",
    ],
)
def test_values_of_both_files(upper: dict[str, Any], lower: dict[str, Any], expected: dict[str, Any]) -> None:
    assert merged(upper, lower) == expected


def test_services_are_merged_by_name_in_the_order_of_the_lower_file_and_new_ones_follow() -> None:
    lower = {"services": [{"name": "a", "kind": "http", "target": "a:1"}, {"name": "b", "slo": {"availability": 0.9}}]}
    upper = {"services": [{"name": "c"}, {"name": "b", "slo": {"latency": 1}}, {"name": "a", "target": "a:2"}]}
    assert merged(upper, lower)["services"] == [
        {"name": "a", "kind": "http", "target": "a:2"},
        {"name": "b", "slo": {"availability": 0.9, "latency": 1}},
        {"name": "c"},
    ]


def test_a_service_is_left_out_by_its_name_and_may_come_back_as_another() -> None:
    lower = {"services": [{"name": "a", "kind": "http"}, {"name": "b"}]}
    assert merged({}, lower, "a")["services"] == [{"name": "b"}]
    assert merged({"services": [{"name": "a", "kind": "node"}]}, lower, "a")["services"] == [
        {"name": "b"},
        {"name": "a", "kind": "node"},
    ]


def test_of_two_services_of_one_name_both_are_kept_so_that_the_name_is_refused() -> None:
    lower = {"services": [{"name": "a", "kind": "http"}]}
    upper = {"services": [{"name": "a", "target": "a:1"}, {"name": "a", "target": "a:2"}]}
    assert merged(upper, lower)["services"] == [
        {"name": "a", "kind": "http", "target": "a:1"},
        {"name": "a", "target": "a:2"},
    ]


def test_entries_that_are_no_services_are_kept_to_be_refused() -> None:
    assert merged({"services": ["x", {"name": 1}]}, {"services": [2, {"name": "a"}]})["services"] == [
        2,
        {"name": "a"},
        "x",
        {"name": 1},
    ]


def test_each_value_stands_where_its_own_file_has_it() -> None:
    upper = Layer(
        {"services": [{"name": "new"}, {"name": "a", "target": "a:2"}]},
        {"services": Location("services", 3), "services[0]": Location("services[0]", 4)},
    )
    lower = Layer(
        {"services": [{"name": "a", "kind": "htp", "target": "a:1"}], "docker": {"ports": {}}},
        {"services[0].kind": Location("services[0].kind", 8, "shop.yaml")},
    )
    places = laid_over(upper, lower).places
    assert location("services[0].kind", places) == Location("services[0].kind", 8, "shop.yaml")
    assert location("services[0].target", places) == Location("services[1].target")
    assert location("services[0].owner", places) == Location("services[1].owner"), "missing: where it can be added"
    assert location("services[1].kind", places) == Location("services[0].kind", 4)
    assert location("nowhere.at.all", places) == Location("nowhere.at.all")
    assert location("services[0].kind", places).named == "services[0].kind of shop.yaml"


def test_names_of_services() -> None:
    assert [*service_names({"services": [{"name": "a"}, 1, {"name": 2}, {"kind": "x"}]})] == ["a"]
    assert [*service_names({"services": "x"})] == []

"""Queries of a finished dashboard, ready to be executed."""

from __future__ import annotations

import pytest

from dashboards.panels import finished, time_series
from dashboards.queries import executable_queries, metrics
from dashboards.signals import METRICS_SOURCE
from tests.unit.dashboards.made import line, small


def test_variables_are_replaced_in_every_form() -> None:
    expr = 'a{b=~"$service", c=~"${service:regex}", d=~"x$"}[$__rate_interval]'
    (query,) = executable_queries(finished(small(line("A", expr=expr))), {"service": "s"})
    assert query.expr == 'a{b=~"s", c=~"s", d=~"x$"}[1m]'


def test_a_query_says_where_it_stands_and_what_it_asks() -> None:
    document = finished(small(line("A")))
    (query,) = executable_queries(document, {})
    assert (query.where, query.panel) == ("small: A", document["panels"][1]["id"])
    assert (query.datasource, query.target["refId"]) == (METRICS_SOURCE.uid, "A")
    assert not query.instant
    assert not query.exemplars


def test_a_variable_without_a_value_is_named() -> None:
    with pytest.raises(ValueError, match=r"small: A: no value for the variable service"):
        executable_queries(finished(small(line("A", expr='a{b="$service"}'))), {})


def test_panels_of_collapsed_rows_count() -> None:
    document = finished(small(line("A"), collapsed=True))
    assert [query.where for query in executable_queries(document, {})] == ["small: A"]


def test_a_panel_that_says_what_no_series_means_may_be_empty() -> None:
    quiet = time_series("Quiet", "What it is.", [metrics("a", "")], unit="s", empty="Nothing fires")
    queries = executable_queries(finished(small(line("A"), quiet)), {})
    assert [(query.where, query.may_be_empty) for query in queries] == [("small: A", False), ("small: Quiet", True)]

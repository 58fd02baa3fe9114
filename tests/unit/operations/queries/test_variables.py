"""Variables have the values that Grafana gives them when it opens a dashboard."""

from __future__ import annotations

from typing import Any

import pytest

from components.stores.panel import Window
from dashboards.queries import Query
from operations.queries.asking import QueryAnswer
from operations.queries.variables import Variable, patterns, resolved

WINDOW = Window(0, 3600, 15)
SOURCE = {"uid": "prometheus", "type": "prometheus"}


class Values:
    """Somebody who knows these services, each with an instance, and keeps what was asked."""

    def __init__(self, *services: str) -> None:
        self.services = services
        self.asked: list[str] = []

    def ask(self, query: Query, window: Window) -> QueryAnswer:
        self.asked.append(query.expr)
        series = [{"metric": {"service": one, "instance": f"{one}:1"}} for one in self.services]
        return QueryAnswer({"data": {"result": [*series, {"metric": {}}]}}, len(series))


def variable(name: str, **fields: Any) -> dict[str, Any]:
    query = fields.pop("query", f"label_values(up, {name})")
    return {"name": name, "type": "query", "datasource": SOURCE, "query": query, **fields}


def found(asking: Values, *variables: dict[str, Any]) -> dict[str, Variable]:
    return resolved({"uid": "board", "templating": {"list": list(variables)}}, asking, WINDOW)


def test_all_are_all_that_there_are_in_order() -> None:
    every = variable("service", current={"value": ["$__all"]})
    assert found(Values("b", "a"), every) == {"service": Variable(("a", "b"), ("a", "b"))}


def test_one_that_is_chosen_stays_while_it_is_there_and_the_first_comes_in_its_place() -> None:
    chosen = variable("service", current={"value": "b"})
    assert found(Values("a", "b"), chosen)["service"].chosen == ("b",)
    assert found(Values("a"), chosen)["service"].chosen == ("a",)
    assert found(Values(), chosen)["service"].chosen == ()


def test_a_later_one_is_asked_with_the_values_of_those_before() -> None:
    asking = Values("a.b", "c")
    every = variable("service", current={"value": ["$__all"]})
    found(asking, every, variable("instance", query='label_values(up{service=~"$service"}, instance)'))
    assert asking.asked[1] == 'group by (instance) (up{service=~"a\\\\.b|c"})'


def test_a_regular_expression_narrows_what_can_be_chosen() -> None:
    assert found(Values("api", "db"), variable("service", regex="/^a/"))["service"].options == ("api",)


def test_what_is_written_in_the_dashboard_is_asked_of_nobody() -> None:
    asking = Values()
    written = {"name": "quantile", "type": "custom", "options": [{"value": "0.5"}, {"value": "0.9"}]}
    assert patterns(found(asking, {**written, "current": {"value": "0.9"}})) == {"quantile": "0\\\\.9"}
    assert asking.asked == []


def test_a_query_that_is_no_label_values_is_refused_with_its_place() -> None:
    with pytest.raises(ValueError, match=r"board: variable service: 'metrics\(up\)' is no label_values"):
        found(Values(), variable("service", query="metrics(up)"))

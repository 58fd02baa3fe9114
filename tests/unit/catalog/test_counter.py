"""Counters in PromQL. That births count is tested with promtool: `tests/rules/cases/first-failures.test.yml`."""

from __future__ import annotations

import promql_parser
import pytest

from catalog.counter import Counter

FAILED = Counter("requests_total", 'service="api"', 'status="500"')
SERIES = 'requests_total{service="api", status="500"}'


def test_what_a_series_is_born_with_counts_in_place_of_what_it_grew_by() -> None:
    assert FAILED.increase("1h").startswith(f"sum((last_over_time({SERIES}[1h]) unless {SERIES} offset 1h and (")
    assert FAILED.increase("1h").endswith(f" or increase({SERIES}[1h]))")


def test_a_rate_is_a_second_s_part_and_keeps_the_labels_asked_for() -> None:
    assert FAILED.rate("1h", by="model").startswith("sum by (model) (")
    assert FAILED.rate("1h", by="model").endswith(f") / 3600 or rate({SERIES}[1h]))")


def test_without_further_matchers_all_series_count() -> None:
    assert 'rate(requests_total{service="api"}[5m])' in Counter("requests_total", 'service="api"').rate()


@pytest.mark.parametrize("expression", [FAILED.increase("24h"), FAILED.rate(by="model, path")])
def test_what_is_written_is_promql(expression: str) -> None:
    promql_parser.parse(expression)

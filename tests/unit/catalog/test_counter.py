"""Counters in PromQL. That births count is tested with promtool: `tests/rules/cases/first-failures.test.yml`."""

from __future__ import annotations

from catalog.counter import Counter

FAILED = Counter("requests_total", 'service="api"', 'status="500"')
SERIES = 'requests_total{service="api", status="500"}'
BORN = (
    f"({SERIES} unless {SERIES} offset 1h and on (instance)"
    ' ({__name__=~"up|target_info|requests_total", service="api"} offset 1h > 0'
    ' or process_start_time_seconds{service="api"} > time() - 3600))'
)


def test_what_a_series_is_born_with_counts_in_place_of_what_it_grew_by() -> None:
    assert FAILED.increase("1h") == f"sum({BORN} or increase({SERIES}[1h]))"


def test_a_rate_is_a_second_s_part_and_keeps_the_labels_asked_for() -> None:
    assert FAILED.rate("1h", by="model") == f"sum by (model) ({BORN} / 3600 or rate({SERIES}[1h]))"


def test_without_further_matchers_all_series_count() -> None:
    assert 'rate(requests_total{service="api"}[5m])' in Counter("requests_total", 'service="api"').rate()

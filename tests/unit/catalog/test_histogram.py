"""PromQL of histograms, classic and native, and of summaries."""

from __future__ import annotations

import re

import pytest

from catalog.histogram import Histogram, forms_read
from catalog.plan import HistogramForm

CLASSIC = Histogram("durations", 'service="api"')
NATIVE = Histogram("durations", 'service="api"', "native")
SUMMARY = Histogram("durations", 'service="api"', "summary")
SAMPLES = 'sum(rate(durations{service="api"}[5m]))'


def test_the_rate_is_of_the_count() -> None:
    assert CLASSIC.rate() == 'sum(rate(durations_count{service="api"}[5m]))'
    assert NATIVE.rate() == f"histogram_count({SAMPLES})"


def test_a_quantile_keeps_the_bounds_of_classic_buckets_only() -> None:
    assert CLASSIC.quantile(0.95) == (
        'histogram_quantile(0.95, sum by (le) (rate(durations_bucket{service="api"}[5m])))'
    )
    assert NATIVE.quantile(0.95) == f"histogram_quantile(0.95, {SAMPLES})"


def test_the_same_four_quantiles_are_always_recorded() -> None:
    rules = list(CLASSIC.quantile_rules("service:http_latency", {"service": "api"}))
    quantiles = {f"service:http_latency:p{percent}_5m": percent / 100 for percent in (50, 90, 95, 99)}
    found = {rule.record: rule.expr for rule in rules}
    assert quantiles.keys() == found.keys() - {
        "service:http_latency:highest_bucket",
        "service:http_latency:bucket_rate5m",
    }
    assert all(found[record] == CLASSIC.quantile(quantile) for record, quantile in quantiles.items())
    assert all(rule.labels == {"service": "api"} for rule in rules)


def test_only_a_classic_histogram_has_a_highest_bucket() -> None:
    found = [{rule.record: rule.expr for rule in histogram.quantile_rules("f", {})} for histogram in (CLASSIC, NATIVE)]
    assert found[0]["f:highest_bucket"] == (
        'histogram_quantile(0.5, group by (le) (durations_bucket{service="api", le="+Inf"})'
        ' or group by (le) (durations_bucket{service="api", le!="+Inf"}) * 0)'
    )
    assert "f:highest_bucket" not in found[1]


@pytest.mark.parametrize(
    ("limit", "bounds"), [(1, r"1|1\\.0"), (0.25, r"0\\.25"), (2.5, r"2\\.5")], ids=["whole", "share", "both"]
)
def test_a_bound_is_found_however_it_is_written(limit: float, bounds: str) -> None:
    assert CLASSIC.rate_above(limit) == (
        f'{CLASSIC.rate()} - sum(rate(durations_bucket{{service="api", le=~"{bounds}"}}[5m]))'
    )


def test_a_native_histogram_without_observations_has_none_above_a_limit() -> None:
    above = f"(1 - histogram_fraction(-Inf, 0.5, {SAMPLES})) * histogram_count({SAMPLES})"
    assert NATIVE.rate_above(0.5) == f"({above} >= 0 or histogram_count({SAMPLES}) * 0)"


def test_a_quantile_of_each_value_of_a_label_keeps_it() -> None:
    assert CLASSIC.quantile(0.95, by="route") == (
        'histogram_quantile(0.95, sum by (route, le) (rate(durations_bucket{service="api"}[5m])))'
    )
    assert NATIVE.quantile(0.95, by="route") == (
        'histogram_quantile(0.95, sum by (route) (rate(durations{service="api"}[5m])))'
    )


def test_apdex_counts_what_satisfies_fully_and_what_is_tolerated_by_half() -> None:
    within = [
        f'sum(rate(durations_bucket{{service="api", le=~"{bounds}"}}[5m]))' for bounds in ("0\\\\.25", "1|1\\\\.0")
    ]
    assert CLASSIC.apdex(0.25) == f"({' + '.join(within)}) / 2 / {CLASSIC.rate()}"
    shares = [f"histogram_fraction(-Inf, {limit}, {SAMPLES})" for limit in ("0.25", "1")]
    assert NATIVE.apdex(0.25) == f"({' + '.join(shares)}) / 2"


@pytest.mark.parametrize("form", ["classic", "native", "summary"])
def test_what_counts_milliseconds_is_recorded_in_seconds(form: HistogramForm) -> None:
    milliseconds = Histogram("durations", 'service="api"', form, "milliseconds")
    assert milliseconds.quantile(0.95) == f"{Histogram('durations', milliseconds.matchers, form).quantile(0.95)} / 1000"


def test_a_limit_in_seconds_is_looked_up_in_the_unit_of_the_buckets() -> None:
    bounds = {
        limit: re.findall('le=~"(.+?)"', Histogram("d", "", "classic", "milliseconds").rate_above(limit))
        for limit in (0.07, 0.25, 1000)
    }
    assert bounds == {0.07: [r"70|70\\.0"], 0.25: [r"250|250\\.0"], 1000: [r"1000000|1000000\\.0|1e\\+06"]}
    native = Histogram("d", 'a="b"', "native", "milliseconds").rate_above(0.25)
    assert "histogram_fraction(-Inf, 250, " in native


def test_a_summary_is_read_as_its_program_computed_it() -> None:
    assert SUMMARY.rate() == 'sum(rate(durations_count{service="api"}[5m]))'
    assert SUMMARY.quantile(0.95) == 'max(durations{service="api", quantile="0.95"})'
    assert SUMMARY.quantile(0.95, by="route") == 'max by (route) (durations{service="api", quantile="0.95"})'
    assert SUMMARY.apdex(0.25) is None
    assert {rule.record for rule in SUMMARY.quantile_rules("f", {})} == {f"f:p{share}_5m" for share in (50, 90, 95, 99)}
    with pytest.raises(ValueError, match="a summary does not tell"):
        SUMMARY.rate_above(1)


def test_a_summary_without_a_p95_is_not_there() -> None:
    assert SUMMARY.judged == ("durations", 'service="api", quantile="0.95"')
    assert CLASSIC.judged == ("durations_count", 'service="api"')


def test_a_dotted_name_stands_in_quotes() -> None:
    dotted = Histogram("http.server.duration", 'service="api"')
    assert dotted.quantile(0.95, by="http.route") == (
        'histogram_quantile(0.95, sum by ("http.route", le) (rate({"http.server.duration_bucket", service="api"}[5m])))'
    )


def test_parts_of_a_classic_histogram_are_read_as_such() -> None:
    assert forms_read("orders_total", None, form="native") == {"native"}
    assert forms_read("request_duration_seconds_count", form="native") == {"native", "classic"}
    assert forms_read("orders_total") == frozenset()

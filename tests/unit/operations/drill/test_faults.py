"""The drills as data: what they name exists, and there are as many as are promised."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from alerting.routing import HEARTBEAT
from catalog.alerts import shipped_alerts
from components.stores import log_stores, trace_stores
from operations.drill.command import chosen
from operations.drill.drill import PAGED_SECONDS, Drill
from operations.drill.faults import all_drills
from operations.drill.faults.senders import counters
from operations.drill.faults.targets import ahead, with_series
from operations.target import load_target
from runtimes.console import Failure
from settings.types import seconds
from tests.plans import program_of

DRILLS = {drill.name: drill for drill in all_drills()}
LOGS, TRACES = ({store.name for store in stores} for stores in (log_stores(), trace_stores()))


def test_at_least_thirty_faults_are_caused_and_ten_of_them_in_ci() -> None:
    assert len(DRILLS) == len(all_drills()) >= 30
    for stores in itertools.product(LOGS, TRACES):
        left_out = (LOGS | TRACES) - set(stores)
        possible = [drill for drill in DRILLS.values() if not left_out & set(drill.needs)]
        assert Counter(drill.length for drill in possible)["short"] == 10


@pytest.mark.parametrize("drill", DRILLS.values(), ids=DRILLS)
def test_every_alert_is_one_that_ships(drill: Drill) -> None:
    assert {alert.name for alert in (drill.expects, *drill.silent)} <= shipped_alerts().keys()


@pytest.mark.parametrize("drill", DRILLS.values(), ids=DRILLS)
def test_critical_alerts_page_and_others_notify(drill: Drill) -> None:
    if drill.receiver == "heartbeat":
        assert drill.expects.name == HEARTBEAT
        return
    is_critical = shipped_alerts()[drill.expects.name].severity == "critical"
    assert drill.receiver == ("page" if is_critical else "notify")


@pytest.mark.parametrize("drill", DRILLS.values(), ids=DRILLS)
def test_a_drill_touches_the_services_of_its_alerts(drill: Drill) -> None:
    assert {alert.service for alert in (drill.expects, *drill.silent)} - {""} <= drill.touches


def test_who_holds_connections_of_the_database_is_never_beside_a_share_of_them_that_is_taken() -> None:
    for taken in ("connections-high", "connections-exhausted"):
        assert DRILLS["slow-queries"].touches & DRILLS[taken].touches


def test_every_workload_that_a_drill_needs_is_in_the_dev_stack_or_in_one_of_high_availability() -> None:
    programs = load_target("dev").program, program_of("dev", availability="high")
    there = {workload.name for program in programs for workload in program.workloads}
    assert {name for drill in DRILLS.values() for name in drill.needs} <= there | LOGS | TRACES


def test_a_page_is_due_within_its_bound_by_what_is_configured() -> None:
    files = {each.name: each.config.files for each in load_target("dev").program.workloads if each.config}
    scrape = seconds(yaml.load(files["prometheus"]["prometheus.yml"], yaml.CSafeLoader)["global"]["scrape_interval"])
    groups = yaml.load(files["prometheus"]["rules/services.rules.yml"], yaml.CSafeLoader)["groups"]
    ((evaluated, waits),) = (
        (seconds(group["interval"]), seconds(rule["for"]))
        for group in groups
        for rule in group["rules"]
        if rule.get("alert") == "ServiceDown"
    )
    grouped = max(page_waits(yaml.load(files["alertmanager"]["alertmanager.yml"], yaml.CSafeLoader)["route"]))
    assert scrape + evaluated + waits + grouped <= PAGED_SECONDS


def test_the_heartbeat_of_a_dead_prometheus_goes_on_as_long_as_it_said_that_its_alerts_last() -> None:
    (prometheus,) = [each for each in load_target("dev").program.workloads if each.name == "prometheus"]
    assert prometheus.config
    evaluated = seconds(
        yaml.load(prometheus.config.files["prometheus.yml"], yaml.CSafeLoader)["global"]["evaluation_interval"]
    )
    assert not [argument for argument in prometheus.args if "resend-delay" in argument]
    lasts = 4 * max(evaluated, 60)
    assert DRILLS["prometheus-killed"].within - DRILLS["alertmanager-killed"].within == lasts


def page_waits(route: dict[str, Any]) -> Iterator[int]:
    """`group_wait` of every route that pages."""
    if route["receiver"] == "page":
        yield seconds(route["group_wait"])
    for below in route.get("routes", ()):
        yield from page_waits(below)


def test_what_a_target_sends_too_much_is_counted_in_series() -> None:
    page = with_series(3)("redis_up 1\n")
    assert [line.partition(" ")[0] for line in page.splitlines()] == [
        "redis_up",
        *(f'drill{{n="{n}"}}' for n in range(3)),
    ]


def test_a_sender_says_its_name_and_the_time_of_its_clock() -> None:
    before = time.time_ns()
    (resource,) = counters("drill-clock", (1, 0), ahead=3600)["resourceMetrics"]
    (scope,) = resource["scopeMetrics"]
    assert resource["resource"]["attributes"] == [{"key": "service.name", "value": {"stringValue": "drill-clock"}}]
    assert [metric["sum"]["aggregationTemporality"] for metric in scope["metrics"]] == [1, 0]
    moments = [int(metric["sum"]["dataPoints"][0]["timeUnixNano"]) for metric in scope["metrics"]]
    assert all(before <= moment - 3600 * 10**9 <= time.time_ns() for moment in moments)


def test_a_sample_of_tomorrow_has_its_own_time() -> None:
    stamped = int(ahead("redis_up 1\n").splitlines()[-1].split()[-1]) / 1000
    assert stamped - time.time() == pytest.approx(86400, abs=60)


def test_names_choose_drills_in_their_order_and_each_once() -> None:
    assert [drill.name for drill in chosen(["latency", "errors", "latency"])] == ["latency", "errors"]


def test_without_names_the_long_ones_are_left_out_unless_asked_for() -> None:
    assert {drill.length for drill in chosen([])} == {"short", "normal"}
    assert len(chosen([], long=True)) == len(DRILLS)
    assert {drill.length for drill in chosen([], short=True)} == {"short"}


def test_unknown_names_are_all_told() -> None:
    with pytest.raises(Failure, match=r"No drill is called fire, water: make drill ARGS=--list shows all \d+\."):
        chosen(["fire", "latency", "water"])

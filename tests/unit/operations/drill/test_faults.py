"""The drills as data: what they name exists, and there are as many as are promised."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest

from alerting.routing import HEARTBEAT
from catalog.alerts import shipped_alerts
from components.stores import log_stores, trace_stores
from operations.drill.command import chosen
from operations.drill.drill import Drill
from operations.drill.faults import all_drills
from operations.target import load_target
from runtimes.console import Failure

DRILLS = {drill.name: drill for drill in all_drills()}
LOGS, TRACES = ({store.name for store in stores} for stores in (log_stores(), trace_stores()))


def test_at_least_thirty_faults_are_caused_and_ten_of_them_in_ci() -> None:
    assert len(DRILLS) == len(all_drills()) >= 30
    for stores in itertools.product(LOGS, TRACES):
        left_out = (LOGS | TRACES) - set(stores)
        possible = [drill for drill in DRILLS.values() if not left_out & set(drill.needs)]
        assert Counter(drill.length for drill in possible)["short"] == 10


@pytest.mark.parametrize("drill", DRILLS.values(), ids=str)
def test_every_alert_is_one_that_ships(drill: Drill) -> None:
    assert {alert.name for alert in (drill.expects, *drill.silent)} <= shipped_alerts().keys()


@pytest.mark.parametrize("drill", DRILLS.values(), ids=str)
def test_critical_alerts_page_and_others_notify(drill: Drill) -> None:
    if drill.receiver == "heartbeat":
        assert drill.expects.name == HEARTBEAT
        return
    is_critical = shipped_alerts()[drill.expects.name].severity == "critical"
    assert drill.receiver == ("page" if is_critical else "notify")


@pytest.mark.parametrize("drill", DRILLS.values(), ids=str)
def test_a_drill_touches_the_services_of_its_alerts(drill: Drill) -> None:
    assert {alert.service for alert in (drill.expects, *drill.silent)} - {""} <= drill.touches


def test_every_workload_that_a_drill_needs_is_in_the_dev_stack() -> None:
    there = {workload.name for workload in load_target("dev").program.workloads}
    assert {name for drill in DRILLS.values() for name in drill.needs} <= there | LOGS | TRACES


def test_names_choose_drills_in_their_order_and_each_once() -> None:
    assert [drill.name for drill in chosen(["latency", "errors", "latency"])] == ["latency", "errors"]


def test_without_names_the_long_ones_are_left_out_unless_asked_for() -> None:
    assert {drill.length for drill in chosen([])} == {"short", "normal"}
    assert len(chosen([], long=True)) == len(DRILLS)
    assert {drill.length for drill in chosen([], short=True)} == {"short"}


def test_unknown_names_are_all_told() -> None:
    with pytest.raises(Failure, match=r"No drill is called fire, water: make drill ARGS=--list shows all \d+\."):
        chosen(["fire", "latency", "water"])

"""Which drills run side by side, and how a run ends early."""

from __future__ import annotations

from contextlib import nullcontext
from threading import Barrier, BrokenBarrierError, Event, Lock
from typing import Any

import pytest

from alerting.aftermath import RECENT_CAUSE
from alerting.edges import Edge
from alerting.inhibition import edges
from alerting.route import Matcher
from operations.drill.drill import Alert, Drill
from operations.drill.faults import all_drills
from operations.drill.run import DrillOutcome
from operations.drill.schedule import in_order, run_all
from operations.target import load_target


def drill(name: str, *touches: str, **changed: Any) -> Drill:
    return Drill(
        name=name,
        fault="",
        inject=lambda _: nullcontext(),
        expects=Alert("ServiceDown", name),
        receiver="page",
        within=1,
        touches=frozenset(touches),
        **changed,
    )


def test_those_that_share_nothing_run_at_the_same_time() -> None:
    together = Barrier(2, timeout=20)

    def run(each: Drill) -> DrillOutcome:
        together.wait()
        return DrillOutcome(each)

    outcomes = run_all([drill("a", "shop"), drill("b", "orders")], run, Event(), lambda _: None)
    assert [outcome.drill.name for outcome in outcomes] == ["a", "b"]


@pytest.mark.parametrize(
    "drills",
    [
        [drill("a", "shop", "orders"), drill("b", "orders")],
        [drill("a", "shop"), drill("b", "orders", alone=True)],
        [drill("a", "shop", alone=True), drill("b", "orders")],
    ],
    ids=["shared", "the second alone", "the first alone"],
)
def test_those_that_could_disturb_each_other_never_do(drills: list[Drill]) -> None:
    busy = Lock()

    def run(each: Drill) -> DrillOutcome:
        assert busy.acquire(blocking=False)
        busy.release()
        return DrillOutcome(each)

    assert len(run_all(drills, run, Event(), lambda _: None)) == 2


@pytest.mark.parametrize("causes_first", [True, False])
def test_what_one_expects_never_keeps_back_what_another_waits_for(causes_first: bool) -> None:
    pressure = Edge("pressure", "a", (Matcher("service", ("a",)),), (Matcher("service", ("b",)),), (), "")
    both = Barrier(2)

    def run(each: Drill) -> DrillOutcome:
        with pytest.raises(BrokenBarrierError):
            both.wait(timeout=0.5)
        return DrillOutcome(each)

    drills = [drill("a", "machine"), drill("b", "shop")]
    ordered = drills if causes_first else drills[::-1]
    assert len(run_all(ordered, run, Event(), lambda _: None, [pressure])) == 2


def test_no_symptom_waits_for_a_quarter_of_an_hour_because_of_what_was_down_before_it() -> None:
    target = load_target("dev")
    inhibitions = edges(target.program.plan)
    ordered = in_order(all_drills(), inhibitions)
    assert sorted(drill.name for drill in ordered) == sorted(drill.name for drill in all_drills())
    for rank, drill in enumerate(ordered):
        left = {**drill.expects.usual_labels, "alertname": RECENT_CAUSE, "of": drill.expects.name}
        later = [
            other.name
            for other in ordered[rank:]
            if any(edge.silences(left, other.expects.usual_labels) for edge in inhibitions)
        ]
        assert not later, drill.name


def test_drills_that_keep_nothing_back_stay_in_their_order() -> None:
    drills = [drill("b", "orders"), drill("a", "shop")]
    assert in_order(drills, edges(load_target("dev").program.plan)) == drills


def test_each_outcome_is_told_as_it_comes() -> None:
    told: list[str] = []
    drills = [drill("a", "shop"), drill("b", "shop")]
    run_all(drills, DrillOutcome, Event(), lambda outcome: told.append(outcome.drill.name))
    assert told == ["a", "b"]


def test_an_interrupt_stops_those_under_way_and_starts_no_other() -> None:
    stopping, started = Event(), []

    def run(each: Drill) -> DrillOutcome:
        started.append(each.name)
        if each.name == "quick":
            return DrillOutcome(each)
        assert stopping.wait(20)
        return DrillOutcome(each)

    def interrupt(_: DrillOutcome) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_all([drill("slow", "shop"), drill("quick", "orders"), drill("late", "shop")], run, stopping, interrupt)
    assert sorted(started) == ["quick", "slow"]

"""One drill, from the fault to the all-clear."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from alerting.edges import Edge
from alerting.route import Matcher
from operations.drill.drill import Alert, Drill
from operations.drill.run import DrillOutcome, run_drill
from operations.drill.told import Held
from operations.drill.world import StoppedError, World
from runtimes.console import Failure
from tests.unit.operations.drill.scripts import BEGAN, DOWN, Script, ends, fires, labels, world_of

SYMPTOM = Alert("HighErrorRate", "front")


@dataclass
class Broken:
    """A fault that remembers whether it was repaired."""

    script: Script
    error: Exception | None = None
    repaired: float | None = None

    @contextmanager
    def __call__(self, _world: World) -> Iterator[None]:
        if self.error:
            raise self.error
        try:
            yield
        finally:
            self.repaired = self.script.now


def drilled(
    script: Script, fault: Broken | None = None, inhibitions: tuple[Edge, ...] = (), **changed: Any
) -> DrillOutcome:
    drill = Drill(
        name="shop-killed",
        fault="the shop is dead",
        inject=fault or Broken(script),
        expects=DOWN,
        receiver="page",
        within=90,
        touches=frozenset({"shop", "front"}),
        silent=(SYMPTOM,),
    )
    return run_drill(Drill(**{**vars(drill), **changed}), world_of(script, inhibitions), lambda _: None)


def test_a_message_in_time_and_an_all_clear_pass() -> None:
    outcome = drilled(Script(told=[fires(75), ends(200)]))
    assert outcome.passed
    assert outcome.seconds == pytest.approx(75)
    assert outcome.resolved == pytest.approx(200 - 75, abs=1.5)
    assert outcome.messages == 1


def test_the_fault_is_repaired_as_soon_as_somebody_is_told() -> None:
    script = Script(told=[fires(75), ends(200)])
    fault = Broken(script)
    drilled(script, fault)
    assert fault.repaired == pytest.approx(BEGAN + 75, abs=1.5)


def test_a_message_that_comes_too_late_fails_and_the_fault_is_repaired() -> None:
    script = Script(told=[fires(95)])
    fault = Broken(script)
    outcome = drilled(script, fault)
    assert outcome.problems == ("ServiceDown of shop did not reach page within 90 s.",)
    assert fault.repaired is not None


def test_an_alert_that_another_keeps_back_is_told_as_such() -> None:
    machine = Alert("HostMemoryPressure", "machine")
    pressure = Edge("pressure", "machine", (Matcher("service", ("machine",)),), (Matcher("cause", ("down",)),), (), "")

    def seen(now: float) -> Sequence[Held]:
        return [Held(labels(machine), inhibited=False), Held(labels(DOWN), inhibited=True)] if now > BEGAN + 30 else ()

    assert drilled(Script(seen=seen), inhibitions=(pressure,)).problems == (
        "ServiceDown of shop did not reach page within 90 s.",
        "ServiceDown of shop fires and is kept back by what fires beside it: HostMemoryPressure of machine.",
    )


def test_a_message_of_another_receiver_is_not_the_one_that_is_waited_for() -> None:
    outcome = drilled(Script(told=[fires(20, receiver="notify")]))
    assert outcome.problems == ("ServiceDown of shop did not reach page within 90 s.",)


def test_a_second_message_of_the_same_alert_fails() -> None:
    outcome = drilled(Script(told=[fires(60), fires(120), ends(200)]))
    assert outcome.problems == ("ServiceDown of shop was told to page more than once.",)
    assert outcome.messages == 2


def test_the_same_alert_once_at_each_receiver_passes() -> None:
    assert drilled(Script(told=[fires(60), fires(60, receiver="notify"), ends(200)])).passed


@pytest.mark.parametrize("receiver", ["page", "notify"])
def test_a_symptom_that_somebody_is_told_of_fails(receiver: str) -> None:
    outcome = drilled(Script(told=[fires(60), fires(90, SYMPTOM, receiver), ends(200)]))
    assert outcome.problems == (f"{receiver} was told of HighErrorRate of front too.",)


def test_what_concerns_other_services_or_is_only_recorded_does_not_count() -> None:
    other = fires(70, Alert("ServiceDown", "orders"))
    assert drilled(Script(told=[fires(60), other, fires(61, receiver="history"), ends(200)])).passed


def test_an_alert_that_only_notifies_must_page_nobody() -> None:
    told = [fires(60, receiver="notify"), fires(60), ends(200, receiver="notify")]
    outcome = drilled(Script(told=told), receiver="notify")
    assert outcome.problems == ("page was told of ServiceDown of shop too.",)


def test_a_recorder_that_cannot_be_asked_is_a_problem_of_its_own() -> None:
    outcome = drilled(Script(unheard="recorder does not answer: docker logs recorder says more."))
    assert outcome.problems == (
        "ServiceDown of shop did not reach page within 90 s.",
        "What was told is not known: recorder does not answer: docker logs recorder says more.",
    )


def test_without_an_all_clear_it_fails() -> None:
    outcome = drilled(Script(told=[fires(60)]), resolves_within=300)
    assert outcome.problems == ("No all-clear within 300 s of the repair.",)


def test_it_is_not_over_while_a_symptom_still_fires() -> None:
    def seen(now: float) -> Sequence[Held]:
        return [Held(labels(SYMPTOM), inhibited=True)] if BEGAN + 50 < now < BEGAN + 400 else ()

    outcome = drilled(Script(told=[fires(60), ends(200)], seen=seen))
    assert outcome.passed
    assert outcome.resolved == pytest.approx(200 - 60, abs=1.5)


def test_a_held_fault_lasts_until_the_symptom_is_seen_inhibited() -> None:
    def seen(now: float) -> Sequence[Held]:
        return [Held(labels(SYMPTOM), inhibited=True)] if BEGAN + 150 < now < BEGAN + 180 else ()

    script = Script(told=[fires(60), ends(300)], seen=seen)
    fault = Broken(script)
    drilled(script, fault, held=400)
    assert fault.repaired == pytest.approx(BEGAN + 151, abs=1.5)


def test_what_fires_before_the_fault_fails_and_nothing_is_broken() -> None:
    script = Script(seen=lambda _: [Held(labels(SYMPTOM), inhibited=False)])
    fault = Broken(script)
    outcome = drilled(script, fault)
    assert outcome.problems == ("Fired before the fault: HighErrorRate of front. See to it and run the drill again.",)
    assert fault.repaired is None


def test_nothing_is_broken_before_prometheus_is_back_from_an_earlier_drill() -> None:
    outcome = drilled(Script(told=[fires(160), ends(300)], back_at=100))
    assert outcome.passed
    assert outcome.seconds == pytest.approx(60, abs=1.5)


def test_nothing_is_broken_while_nobody_would_be_told() -> None:
    script = Script(back_at=1e9)
    fault = Broken(script)
    assert drilled(script, fault).problems == ("Nobody would be told: prometheus does not answer.",)
    assert fault.repaired is None


def test_what_keeps_the_expected_alert_back_is_waited_for() -> None:
    def seen(now: float) -> Sequence[Held]:
        return [Held(labels(Alert("HostMemoryPressure", "machine")), inhibited=False)] if now < BEGAN + 700 else ()

    pressure = Edge("pressure", "machine", (Matcher("service", ("machine",)),), (Matcher("cause", ("down",)),), (), "")
    told = [fires(760), ends(900)]
    assert drilled(Script(told=told, seen=seen), inhibitions=(pressure,)).seconds == pytest.approx(60, abs=1.5)
    assert drilled(Script(told=told, seen=seen)).problems == ("ServiceDown of shop did not reach page within 90 s.",)


def test_an_alert_that_is_one_message_with_the_expected_one_is_waited_for() -> None:
    merged = {"alertname": "ContainerMissing", "service": "shop", "cause": "down"}
    fault = Broken(Script())
    outcome = drilled(Script(seen=lambda _: [Held(merged, inhibited=False)]), fault, touches=frozenset())
    assert outcome.problems == ("Fired before the fault: ContainerMissing of shop. See to it and run the drill again.",)
    assert fault.repaired is None


@pytest.mark.parametrize(
    "beside",
    [Alert("HostCpuSaturated", "node-exporter"), Alert("DependencyDegraded", "front")],
    ids=["of the machine", "named by the drill"],
)
def test_what_may_be_heard_is_neither_waited_for_nor_a_problem(beside: Alert) -> None:
    script = Script(
        told=[fires(60), fires(61, receiver="notify"), fires(70, beside, "notify"), ends(200)],
        seen=lambda _: [Held(labels(beside), inhibited=False)],
    )
    heard, touched = (Alert("DependencyDegraded", "front"),), frozenset({"shop", "front", "node-exporter"})
    outcome = drilled(script, heard=heard, touches=touched)
    assert outcome.passed
    assert outcome.resolved == pytest.approx(200 - 60, abs=1.5)


def test_what_is_there_for_inhibitions_alone_neither_delays_the_drill_nor_its_end() -> None:
    recent = Held({"alertname": "RecentCause", "of": "ServiceDown", "service": "shop", "cause": "aftermath"}, False)
    outcome = drilled(Script(told=[fires(60), ends(200)], seen=lambda _: [recent]))
    assert outcome.passed
    assert outcome.alerts == ()


def test_a_fault_that_cannot_be_caused_is_a_failure_of_this_drill_alone() -> None:
    script = Script()
    outcome = drilled(script, Broken(script, Failure("no such container")))
    assert outcome.problems == ("It could not be carried out: no such container",)


def test_a_stopped_run_repairs_the_fault_and_ends() -> None:
    script = Script(stops_at=BEGAN + 10)
    fault = Broken(script)
    with pytest.raises(StoppedError):
        drilled(script, fault)
    assert fault.repaired == BEGAN + 10


BEAT = Alert("Heartbeat", "")


def test_a_heartbeat_that_stops_is_missed_two_minutes_after_the_last() -> None:
    beats = [fires(second, BEAT, "heartbeat") for second in (-30, 20, 400)]
    outcome = drilled(Script(told=beats), expects=BEAT, receiver="heartbeat", within=210)
    assert outcome.passed
    assert outcome.seconds == pytest.approx(20 + 120, abs=1.5)


def test_a_heartbeat_that_goes_on_fails() -> None:
    beats = [fires(second, BEAT, "heartbeat") for second in range(0, 600, 60)]
    outcome = drilled(Script(told=beats), expects=BEAT, receiver="heartbeat", within=210)
    assert outcome.problems == ("Heartbeat did not stop at heartbeat within 210 s.",)


def test_what_alertmanager_had_is_kept_with_its_times() -> None:
    def seen(now: float) -> Sequence[Held]:
        return [Held(labels(DOWN), inhibited=False)] if now > BEGAN + 50 else ()

    # The watch of these tests only knows the present, which is the end.
    outcome = drilled(Script(told=[fires(60)], seen=seen), resolves_within=100)
    (alert,) = outcome.alerts
    assert alert.labels == labels(DOWN)
    assert alert.end == pytest.approx(60 + 100, abs=2)

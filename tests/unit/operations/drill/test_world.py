"""The watch on what is told, and the waits of drills."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from operations.drill.world import StoppedError, Watch, World
from runtimes.console import Failure
from runtimes.health import NoAnswerError
from tests.waiting import until

SHOP = {"alertname": "ServiceDown", "service": "shop"}


@dataclass
class Answers:
    """The recorder and Alertmanager: what each answers, or that it does not."""

    kept: list[dict[str, Any]] = field(default_factory=list)
    known: list[dict[str, Any]] = field(default_factory=list)
    recorder_is_away: bool = False
    alertmanager_is_away: bool = False
    prometheus_is_away: bool = False
    error: Exception | None = None

    @property
    def health(self) -> Answers:
        return self

    @property
    def alertmanager(self) -> Answers:
        return self

    def api(self, _endpoint: object) -> Answers:
        return self

    def get(self, path: str, params: dict[str, str]) -> list[dict[str, Any]]:
        assert path == "/deliveries"
        if self.recorder_is_away:
            raise NoAnswerError("the recorder is away")
        return [each for each in self.kept if each["arrived"] > float(params["after"])]

    @property
    def prometheus(self) -> Answers:
        return self

    def query(self, _expression: str) -> list[tuple[dict[str, str], float]]:
        if self.prometheus_is_away:
            raise NoAnswerError("Prometheus is away")
        return [({}, 1.0)]

    def alerts(self) -> list[dict[str, Any]]:
        if self.error:
            raise self.error
        if self.alertmanager_is_away:
            raise NoAnswerError("Alertmanager is away")
        return list(self.known)


def delivery(arrived: float) -> dict[str, Any]:
    payload = {"receiver": "page", "alerts": [{"status": "firing", "labels": SHOP}]}
    return {"arrived": arrived, "payload": payload}


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("operations.drill.world._ASKS_EVERY_SECONDS", 0.01)


def watched(answers: Answers, happens: Callable[[], object], then: Callable[[Watch], object]) -> Watch:
    with Watch(cast(Any, answers)) as watch:
        happens()
        assert until(lambda: then(watch), 10, pause=0.01)
    return watch


def test_each_delivery_is_taken_once_also_when_the_recorder_forgets_and_starts_anew() -> None:
    answers = Answers(kept=[delivery(1.0)])

    def forgets() -> None:
        answers.kept = [delivery(2.0)]

    watch = watched(answers, forgets, lambda watch: len(watch.deliveries) > 1)
    assert [each.arrived for each in watch.deliveries] == [1.0, 2.0]


def test_a_recorder_that_is_away_hides_nothing_of_alertmanager() -> None:
    answers = Answers(known=[{"labels": SHOP, "status": {"inhibitedBy": ["cause"]}}], recorder_is_away=True)
    watch = watched(answers, lambda: None, lambda watch: len(watch.sightings) > 1)
    assert watch.active[0].inhibited
    assert watch.deliveries == []
    assert watch.unheard == "the recorder is away"


def test_a_recorder_that_answers_again_is_heard_again() -> None:
    answers = Answers(kept=[delivery(1.0)], recorder_is_away=True)

    def back() -> None:
        answers.recorder_is_away = False

    assert watched(answers, back, lambda watch: bool(watch.deliveries)).unheard == ""


def test_what_was_told_is_kept_while_alertmanager_is_away() -> None:
    answers = Answers(kept=[delivery(1.0)], alertmanager_is_away=True)

    def told() -> None:
        answers.kept.append(delivery(2.0))

    assert watched(answers, told, lambda watch: len(watch.deliveries) > 1).sightings == []


def test_a_prometheus_that_is_away_hides_nothing_of_alertmanager_and_is_named_until_it_is_back() -> None:
    answers = Answers(known=[{"labels": SHOP, "status": {"inhibitedBy": []}}], prometheus_is_away=True)
    with Watch(cast(Any, answers)) as watch:
        assert watch.unseen == "Prometheus is away"
        answers.prometheus_is_away = False
        assert until(lambda: not watch.unseen, 10, pause=0.01)
    assert watch.active


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_waits_end_when_nobody_watches_any_more() -> None:
    answers = Answers()
    with Watch(cast(Any, answers)) as watch:
        answers.error = TypeError("an answer of another form")
        blind = World(cast(Any, None), cast(Any, None), watch, Path())
        with pytest.raises(Failure, match=r"The watch on messages ended \(TypeError\('an answer of another form'\)\)"):
            blind.until(lambda: False, 10, pause=0.01)


def world() -> World:
    watch = Watch(cast(Any, Answers()))
    return World(cast(Any, None), cast(Any, None), watch, Path("/stacks/kettle"))


def test_a_wait_ends_with_the_first_answer_that_is_true() -> None:
    answers = iter(["", "", "there"])
    assert world().until(lambda: next(answers), 10, pause=0.001) == "there"


def test_a_wait_that_is_over_says_what_was_answered_last() -> None:
    assert world().until(lambda: "", 0.01, pause=0.001) == ""


def test_a_stopped_run_waits_for_nothing() -> None:
    here = world()
    here.stopping.set()
    with pytest.raises(StoppedError):
        here.until(lambda: False, 600)


def test_what_is_repeated_ends_with_its_block() -> None:
    done: list[int] = []
    with world().repeating(lambda: done.append(1), every=0.001):
        assert until(lambda: len(done) > 2, 10, pause=0.001)
    count, threads = len(done), threading.active_count()
    with world().repeating(lambda: None, every=600):
        assert threading.active_count() == threads + 1
    assert len(done) == count
    assert threading.active_count() == threads


def test_files_of_a_workload_are_in_the_stacks_folder() -> None:
    assert world().config_file("prometheus", "prometheus.yml") == Path(
        "/stacks/kettle/config/prometheus/prometheus.yml"
    )
    assert world().secret_folder("memory-api") == Path("/stacks/kettle/secrets/memory-api")

"""The hunt for lies that no test notices, on a rule whose tests are known to be good and bad."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.mutation import hunt, reach
from tests.mutation.mutants import mutants_of

RULE: dict[str, Any] = {
    "alert": "QueueLong",
    "expr": "sum by (queue) (waiting) > 10 and on (queue) running == 1",
    "for": "4m",
    "keep_firing_for": "5m",
}


def lies(rule: dict[str, Any]) -> list[str]:
    document = {"groups": [{"name": "queues", "rules": [rule]}]}
    return [mutant.lie for mutant in mutants_of("queues", document)]


def test_every_part_of_a_rule_is_lied_about() -> None:
    assert lies(RULE) == [
        "for halved",
        "keep_firing_for removed",
        "limit 1, 10, times 0.9",
        "limit 1, 10, times 1.1",
        "limit 2, 1, times 0.9",
        "limit 2, 1, times 1.1",
        "comparison 1, >, flipped",
        "comparison 1, >, with its border",
        "comparison 2, ==, flipped",
        "label queue renamed",
        "guard 1, and, removed",
    ]


@pytest.mark.parametrize(
    ("expression", "left"),
    [
        ("a and b or c", "a or c"),
        ("a unless (b and c)", "a"),
        ("(a and b) > 1", "(a ) > 1"),
        ('a{x=~"b and c"} and d', 'a{x=~"b and c"}'),
    ],
)
def test_a_guard_goes_with_all_of_its_right_side(expression: str, left: str) -> None:
    document = {"groups": [{"name": "queues", "rules": [{"record": "q:x", "expr": expression}]}]}
    without = [mutant.rule["expr"] for mutant in mutants_of("queues", document) if "guard 1" in mutant.lie]
    assert [text.strip() for text in without] == [left]


def test_windows_and_constants_in_names_are_no_limits() -> None:
    assert lies({"record": "q:x", "expr": "rate(a[5m]) / b2"}) == []


TESTS = """
rule_files: [queues.rules.yml]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - {series: 'waiting{queue="a"}', values: 20x9}
      - {series: 'running{queue="a"}', values: 1x9}
    alert_rule_test:
      - {eval_time: 3m, alertname: QueueLong, exp_alerts: []}
      - {eval_time: 4m, alertname: QueueLong, exp_alerts: [{exp_labels: {queue: a}}]}
"""


@pytest.fixture
def queues(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, Any], str], None]:
    """Puts a rule, and others that it has nothing to do with, beside its tests, where the hunt looks for them."""
    for module in (hunt, reach):
        monkeypatch.setattr(module, "RULES", tmp_path)
        monkeypatch.setattr(module, "rule_file", lambda group: tmp_path / f"{group}.rules.yml")

    def write(rule: dict[str, Any], tests: str) -> None:
        other = {"alert": "Other", "expr": "other > 0"}
        text = yaml.safe_dump({"groups": [{"name": "queues", "rules": [rule, other]}]})
        (tmp_path / "queues.rules.yml").write_text(text, encoding="utf-8")
        (tmp_path / "queues.test.yml").write_text(tests, encoding="utf-8")

    return write


def test_a_lie_that_no_test_notices_survives(promtool: str, queues: Callable[[dict[str, Any], str], None]) -> None:
    queues(RULE, TESTS)
    mutants, told = hunt.hunted(["queues"]), list[int]()
    alive = {mutant.lie for mutant in hunt.survivors(promtool, mutants, told.append) if mutant.about == "QueueLong"}
    assert sum(told) == len(mutants)
    assert {"keep_firing_for removed", "guard 1, and, removed", "limit 1, 10, times 1.1"} <= alive
    assert not alive & {"for halved", "comparison 1, >, flipped", "comparison 2, ==, flipped", "label queue renamed"}


def test_a_rule_without_tests_is_noticed_by_none(promtool: str, queues: Callable[[dict[str, Any], str], None]) -> None:
    queues(RULE, TESTS)
    mutants = [mutant for mutant in hunt.hunted(["queues"]) if mutant.about == "Other"]
    assert mutants
    assert hunt.survivors(promtool, mutants, lambda number: None) == mutants


def test_tests_that_fail_anyway_notice_nothing(promtool: str, queues: Callable[[dict[str, Any], str], None]) -> None:
    queues({**RULE, "for": "9m"}, TESTS)
    with pytest.raises(ValueError, match=r"queues.rules.yml: the tests of QueueLong fail as it is"):
        hunt.survivors(promtool, hunt.hunted(["queues"]), lambda number: None)


RECORDED: list[dict[str, Any]] = [
    {"record": "queue:waiting:sum", "expr": "sum by (queue) (waiting)"},
    {"record": "service:alert:threshold", "expr": "vector(10)", "labels": {"alert": "QueueLong"}},
    {"record": "service:alert:threshold", "expr": "vector(20)", "labels": {"alert": "QueueLate"}},
    {"alert": "QueueLong", "expr": 'queue:waiting:sum > on () service:alert:threshold{alert="QueueLong"}'},
    {"alert": "QueueLate", "expr": 'late > on () service:alert:threshold{alert="QueueLate"}'},
    {"alert": "QueuesBad", "expr": 'count(ALERTS{alertname=~"Queue(Long|Lost)"}) > 2'},
]


@pytest.mark.parametrize(
    ("place", "cases", "needed"),
    [
        # A recording reaches what reads it, and what reads the alert that reads it.
        (0, {"QueueLong", "QueuesBad"}, {0, 1, 3, 5}),
        # An alert's limit is proven by the alert's own tests.
        (2, {"QueueLate"}, {2, 4}),
        (5, {"QueuesBad"}, {0, 1, 3, 5}),
    ],
)
def test_only_what_a_rule_reaches_is_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: int, cases: set[str], needed: set[int]
) -> None:
    monkeypatch.setattr(reach, "RULES", tmp_path)
    monkeypatch.setattr(reach, "rule_file", lambda group: tmp_path / f"{group}.rules.yml")
    document = {"groups": [{"name": "queues", "rules": RECORDED}]}
    (tmp_path / "queues.rules.yml").write_text(yaml.safe_dump(document), encoding="utf-8")
    names = ("QueueLong", "QueueLate", "QueuesBad")
    asked = [{"alertname": name, "eval_time": "1m", "exp_alerts": []} for name in names]
    tests = {"rule_files": ["queues.rules.yml"], "tests": [{"name": "all", "alert_rule_test": asked}]}
    (tmp_path / "queues.test.yml").write_text(yaml.safe_dump(tests), encoding="utf-8")
    [suite] = reach.suites("queues")
    reached = suite.reached_by((0, place))
    assert {case["alertname"] for test in reached.tests for case in test["alert_rule_test"]} == cases
    assert {inner for _, _, inner in reached.rules} == needed


def test_each_test_is_tried_alone_and_the_evaluations_tell_the_cheapest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reach, "RULES", tmp_path)
    document = {"groups": [{"name": "queues", "rules": RECORDED}]}
    (tmp_path / "queues.rules.yml").write_text(yaml.safe_dump(document), encoding="utf-8")

    def asked(name: str, *times: str) -> dict[str, Any]:
        return {
            "name": name,
            "alert_rule_test": [{"alertname": "QueueLong", "eval_time": at, "exp_alerts": []} for at in times],
            "promql_expr_test": [],
        }

    tests = {
        "rule_files": ["queues.rules.yml"],
        "evaluation_interval": "30s",
        "tests": [asked("long", "1m", "1h"), asked("short", "90s")],
    }
    (tmp_path / "queues.test.yml").write_text(yaml.safe_dump(tests), encoding="utf-8")
    [suite] = reach.suites("queues")
    each = suite.each()
    assert [[test["name"] for test in alone.tests] for alone in each] == [["long"], ["short"]]
    assert [alone.evaluations() for alone in each] == [120 * 3, 3 * 3]


def test_what_a_test_says_of_the_truth_is_asked_once(
    promtool: str, tmp_path: Path, queues: Callable[[dict[str, Any], str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    queues(RULE, TESTS)
    limit = {"record": "queue:limit", "expr": "10 * group by (queue) (waiting)"}
    alert = {**RULE, "expr": "sum by (queue) (waiting) > on (queue) queue:limit"}
    rules = {"groups": [{"name": "queues", "rules": [limit, alert]}]}
    (tmp_path / "queues.rules.yml").write_text(yaml.safe_dump(rules), encoding="utf-8")
    tried: list[str] = []

    def run(command: list[str], **arguments: Any) -> subprocess.CompletedProcess[bytes]:
        tried.extend(command[4:])
        return original(command, **arguments)

    original = subprocess.run
    monkeypatch.setattr("tests.mutation.hunt.subprocess.run", run)
    # Two rules that are tried at the same moment may both ask.
    monkeypatch.setattr("tests.mutation.hunt.os.sched_getaffinity", lambda process: {0})
    mutants = hunt.hunted(["queues"])
    hunt.survivors(promtool, mutants, lambda number: None)
    assert {mutant.place for mutant in mutants} == {(0, 0), (0, 1)}
    assert len(tried) == len(mutants) + 1


def test_repeated_values_are_not_read_as_a_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "RULES", tmp_path)
    text = "rule_files: [queues.rules.yml]\ntests: [{values: 0x60, other: 12}]\n"
    (tmp_path / "queues.test.yml").write_text(text, encoding="utf-8")
    (tmp_path / "queues.rules.yml").write_text("groups: []\n", encoding="utf-8")
    [suite] = reach.suites("queues")
    assert suite.tests == [{"values": "0x60", "other": 12}]


def test_cases_about_a_shipped_rule_file_count_too() -> None:
    beside, *cases = reach.suites("http")
    assert {test["name"] for test in beside.tests} >= {"HighErrorRate fires over the limit"}
    assert "TrafficVanished fires when traffic ends in the middle of the day" in {
        test["name"] for case in cases for test in case.tests
    }

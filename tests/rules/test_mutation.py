"""The hunt for lies that no test notices, on a rule whose tests are known to be good and bad."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.mutation import hunt
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


def test_a_lie_that_no_test_notices_survives(promtool: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = yaml.safe_dump({"groups": [{"name": "queues", "rules": [RULE]}]})
    (tmp_path / "queues.rules.yml").write_text(rules, encoding="utf-8")
    (tmp_path / "queues.test.yml").write_text(TESTS, encoding="utf-8")
    monkeypatch.setattr(hunt, "RULES", tmp_path)
    monkeypatch.setattr(hunt, "rule_file", lambda group: tmp_path / f"{group}.rules.yml")
    mutants, told = hunt.hunted(["queues"]), list[None]()
    alive = {mutant.lie for mutant in hunt.survivors(promtool, mutants, lambda: told.append(None))}
    assert len(told) == len(mutants)
    assert {"keep_firing_for removed", "guard 1, and, removed", "limit 1, 10, times 1.1"} <= alive
    assert not alive & {"for halved", "comparison 1, >, flipped", "comparison 2, ==, flipped", "label queue renamed"}

"""What of a rule file and its tests a rule reaches. The rest cannot notice a lie about it, and would only take time."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import yaml

from catalog.alerts import rule_file
from settings.types import seconds
from tests.proof import ROOT, RULES, load

CASES = ROOT / "tests" / "rules" / "cases"
# The folder that cases name for the rule files as they are shipped.
SHIPPED = "rules"
_INTEGER = "tag:yaml.org,2002:int"


class _AsWritten(yaml.CSafeLoader):
    """Reads `0x60`, which is sixty-one zeros in a test's series, as text and not as the number 96."""


_AsWritten.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in known if tag != _INTEGER]
    for first, known in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
_AsWritten.add_implicit_resolver(_INTEGER, re.compile(r"[-+]?[0-9]+$"), list("-+0123456789"))

Rule = Mapping[str, Any]
# The file, and the indices of the group in it and of the rule in the group.
Place = tuple[str, int, int]

_WORD = re.compile(r"[a-zA-Z_:][\w:]*")
_ALERT_NAME = re.compile(r'alertname=~?\\?"([^"\\]*)')


@dataclass(frozen=True)
class Suite:
    """Rule files and a test file about them, as promtool reads them.

    Attributes:
        group: the rule file that the tests are beside, without its ending.
        rules: each rule by its place.
        frames: the groups of each rule file, without their rules.
        frame: the test file without its tests.
        tests: its tests.
    """

    TESTS: ClassVar[str] = "reached.test.yml"

    group: str
    rules: Mapping[Place, Rule]
    frames: Mapping[str, Sequence[Mapping[str, Any]]]
    frame: Mapping[str, Any]
    tests: Sequence[Mapping[str, Any]]

    def reached_by(self, place: tuple[int, int]) -> Suite:
        """The tests that can notice what is wrong with a rule of the group, and the rules that those tests need."""
        reached = {self._place(place)}
        while more := {
            at for at, rule in self.rules.items() if at not in reached and any(self._reads(rule, of) for of in reached)
        }:
            reached |= more
        tests = [kept for test in self.tests if (kept := self._only(test, reached, self._place(place)))]
        return replace(self, tests=tests, rules=self._needed(tests))

    def each(self) -> list[Suite]:
        """Each test alone with the rules that it needs."""
        return [replace(self, tests=[test], rules=self._needed([test])) for test in self.tests]

    def evaluations(self) -> float:
        """How often a rule is evaluated until the last case of each test: what promtool takes its time for."""
        cases = ([*test["alert_rule_test"], *test["promql_expr_test"]] for test in self.tests)
        lengths = (max(seconds(str(case["eval_time"])) for case in of) for of in cases)
        return sum(lengths) / seconds(str(self.frame["evaluation_interval"])) * len(self.rules)

    def with_rule(self, place: tuple[int, int], rule: Rule) -> Suite:
        """The same with another rule of the group at a place."""
        return replace(self, rules={**self.rules, self._place(place): rule})

    def write(self, folder: Path) -> None:
        """Write all files into a folder; JSON is YAML, and much quicker to write."""
        for name, content in self._files().items():
            (folder / name).write_text(json.dumps(content), encoding="utf-8")

    def text(self) -> str:
        """All that it consists of: suites with the same text are the same."""
        return json.dumps(self._files())

    def _files(self) -> Mapping[str, Any]:
        files: dict[str, Any] = {self.TESTS: {**self.frame, "tests": self.tests}}
        for name, frames in self.frames.items():
            rules = {
                at: [rule for place, rule in self.rules.items() if place[:2] == (name, at)] for at in range(len(frames))
            }
            files[name] = {"groups": [{**frame, "rules": rules[at]} for at, frame in enumerate(frames)]}
        return files

    def _place(self, place: tuple[int, int]) -> Place:
        return (rule_file(self.group).name, *place)

    def _only(self, test: Mapping[str, Any], reached: set[Place], changed: Place) -> Mapping[str, Any] | None:
        """A test with the cases that read what is reached; of an alert and its limits only its own cases count."""
        own = self.rules[changed].get("alert") or self.rules[changed].get("labels", {}).get("alert")
        names = {own} if own else {self.rules[at].get("alert") for at in reached}
        alerts = [case for case in test.get("alert_rule_test", []) if case["alertname"] in names]
        reads = [case for case in test.get("promql_expr_test", []) if any(self._reads(case, of) for of in reached)]
        return {**test, "alert_rule_test": alerts, "promql_expr_test": reads} if alerts or reads else None

    def _needed(self, tests: Sequence[Mapping[str, Any]]) -> Mapping[Place, Rule]:
        asked = {case["alertname"] for test in tests for case in test["alert_rule_test"]}
        readers: list[Mapping[str, Any]] = [case for test in tests for case in test["promql_expr_test"]]
        needed = {at for at, rule in self.rules.items() if rule.get("alert") in asked}
        readers += [self.rules[at] for at in needed]
        while more := {
            at for at in self.rules if at not in needed and any(self._reads(reader, at) for reader in readers)
        }:
            needed |= more
            readers = [self.rules[at] for at in more]
        return {at: rule for at, rule in self.rules.items() if at in needed}

    def _reads(self, reader: Mapping[str, Any], of: Place) -> bool:
        """Whether an expression, or a template of an alert, names what a rule gives."""
        return reads(" ".join([reader["expr"], *reader.get("annotations", {}).values()]), self.rules[of])


def reads(text: str, rule: Rule) -> bool:
    """Whether PromQL in a text can read what a rule gives: its series, or the state of its alert."""
    words = _words(text)
    if "record" in rule:
        return rule["record"] in words and rule.get("labels", {}).get("alert", rule["record"]) in words
    if not words & {"ALERTS", "ALERTS_FOR_STATE"}:
        return False
    names = _ALERT_NAME.findall(text)
    return not names or any(re.fullmatch(name, rule["alert"]) for name in names)


@cache
def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text))


def suites(group: str) -> list[Suite]:
    """The tests beside a rule file, and the cases about it as shipped, each with every rule file that it loads."""
    beside = RULES / f"{group}.test.yml"
    return [found for path in (beside, *sorted(CASES.glob("*.test.yml"))) if (found := _suite(group, path))]


def _suite(group: str, path: Path) -> Suite | None:
    tests = yaml.load(path.read_text(encoding="utf-8"), _AsWritten)  # noqa: S506 - as safe as what it inherits
    loaded = [Path(name) for name in tests.pop("rule_files")]
    if rule_file(group).name not in {name.name for name in loaded if name.parent.name in ("", SHIPPED)}:
        return None
    files = {name.name: load(RULES / name.name)["groups"] for name in loaded}
    rules = {
        (name, outer, inner): rule
        for name, frames in files.items()
        for outer, frame in enumerate(frames)
        for inner, rule in enumerate(frame["rules"])
    }
    frames = {
        name: [{key: value for key, value in frame.items() if key != "rules"} for frame in groups]
        for name, groups in files.items()
    }
    return Suite(group, rules, frames, {**tests, "rule_files": list(files)}, tests.pop("tests"))

"""Runs the tests of the rules against each mutant, and tells which ones nobody noticed."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path
from xml.etree import ElementTree

from catalog.alerts import rule_file
from tests.mutation.mutants import Mutant, mutants_of
from tests.mutation.reach import Suite, suites
from tests.proof import RULES, load


def groups() -> list[str]:
    """Every rule file that has tests."""
    return sorted(path.name.removesuffix(".test.yml") for path in RULES.glob("*.test.yml"))


def hunted(names: Iterable[str]) -> list[Mutant]:
    """Every mutant of these rule files, those of a rule together."""
    return [mutant for name in names for mutant in mutants_of(name, load(rule_file(name)))]


def survivors(promtool: str, mutants: Sequence[Mutant], tell: Callable[[int], None]) -> list[Mutant]:
    """The mutants that every test passes.

    Args:
        promtool: the program's path.
        mutants: to try, as many rules at once as there are processors to run on.
        tell: called with the number of a rule's mutants after they were tried.

    Raises:
        ValueError: the tests of a rule fail without any lie, so that they would seem to notice every one.
    """
    known = {group: suites(group) for group in {mutant.group for mutant in mutants}}
    by_rule = [list(lies) for _, lies in groupby(mutants, key=lambda mutant: (mutant.group, mutant.place))]

    # Tests that pass on what is true: the rules of an alert have most of them in common.
    proven: set[str] = set()

    def alive(lies: Sequence[Mutant]) -> Sequence[Mutant]:
        left = lies
        reached = [test for tests in known[lies[0].group] for test in tests.reached_by(lies[0].place).each()]
        # The cheapest test first: most lies are noticed by it, and the long ones have few left to try.
        for test in sorted(reached, key=Suite.evaluations):
            left = _alive(promtool, test, left, proven) if left else left
        tell(len(lies))
        return left

    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        return [mutant for found in pool.map(alive, by_rule) for mutant in found]


def _alive(promtool: str, reached: Suite, lies: Sequence[Mutant], proven: set[str]) -> list[Mutant]:
    """Those of a rule's mutants that a test of it passes; one process tries them all, each in a folder of its own."""
    truth = [] if reached.text() in proven else [reached]
    tried = [*truth, *(reached.with_rule(mutant.place, mutant.rule) for mutant in lies)]
    with tempfile.TemporaryDirectory() as root:
        told = Path(root) / "told.xml"
        folders = [Path(root) / str(number) for number in range(len(tried))]
        for folder, suite in zip(folders, tried, strict=True):
            folder.mkdir()
            suite.write(folder)
        files = [str(folder / Suite.TESTS) for folder in folders]
        # Collecting garbage less often takes a third off the time, and 100 MB more.
        settings = {**os.environ, "GOGC": "400"}
        command = [promtool, "test", "rules", f"--junit={told}", *files]
        subprocess.run(command, capture_output=True, check=False, env=settings)
        passed = {
            str(found.get("name"))
            for found in ElementTree.parse(told).iter("testsuite")  # noqa: S314 - promtool's own
            if (found.get("failures"), found.get("errors")) == ("0", "0")
        }
    if truth and files[0] not in passed:
        raise ValueError(
            f"{rule_file(lies[0].group).name}: the tests of {lies[0].about or lies[0].place} fail as it is"
        )
    proven.add(reached.text())
    return [mutant for mutant, file in zip(lies, files[len(truth) :], strict=True) if file in passed]

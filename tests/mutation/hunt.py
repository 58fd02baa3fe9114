"""Runs the tests beside the rules against each mutant, and tells which ones nobody noticed."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

from catalog.alerts import RULES, rule_file
from tests.mutation.mutants import Mutant, mutants_of
from tests.proof import load

# A mutant that sends promtool round in circles is noticed by that.
_PATIENCE_SECONDS = 300


def groups() -> list[str]:
    """Every rule file that has tests."""
    return sorted(path.name.removesuffix(".test.yml") for path in RULES.glob("*.test.yml"))


def hunted(names: Iterable[str]) -> list[Mutant]:
    """Every mutant of these rule files."""
    return [mutant for name in names for mutant in mutants_of(name, load(rule_file(name)))]


def survivors(promtool: str, mutants: Sequence[Mutant], tell: Callable[[], None]) -> list[Mutant]:
    """The mutants that every test passes.

    Args:
        promtool: the program's path.
        mutants: to try, as many at once as there are processors.
        tell: called after each one.
    """

    def survives(mutant: Mutant) -> bool:
        survived = _survives(promtool, mutant)
        tell()
        return survived

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return [mutant for mutant, survived in zip(mutants, pool.map(survives, mutants), strict=True) if survived]


def _survives(promtool: str, mutant: Mutant) -> bool:
    document = deepcopy(load(rule_file(mutant.group)))
    outer, inner = mutant.place
    document["groups"][outer]["rules"][inner] = dict(mutant.rule)
    tests = dict(load(RULES / f"{mutant.group}.test.yml"))
    tests["tests"] = [test for test in tests["tests"] if _concerns(test, mutant.about)]
    with tempfile.TemporaryDirectory() as folder:
        for name in tests["rule_files"]:
            own = name == rule_file(mutant.group).name
            (Path(folder) / name).write_text(yaml.safe_dump(document if own else load(RULES / name)), encoding="utf-8")
        (Path(folder) / "mutant.test.yml").write_text(yaml.safe_dump(tests), encoding="utf-8")
        try:
            done = subprocess.run(
                [promtool, "test", "rules", "mutant.test.yml"],
                cwd=folder,
                capture_output=True,
                check=False,
                timeout=_PATIENCE_SECONDS,
            )
        except subprocess.TimeoutExpired:
            return False
        return done.returncode == 0


def _concerns(test: Mapping[str, Any], alert: str) -> bool:
    """Whether a test can notice what is wrong with an alert; expressions may read any."""
    named = {case["alertname"] for case in test.get("alert_rule_test", [])}
    return not alert or alert in named or "promql_expr_test" in test

"""Prometheus has loaded every rule of its own files, and evaluates them without error."""

from __future__ import annotations

from collections import Counter
from pathlib import PurePosixPath
from typing import Any

from components.endpoints import PROMETHEUS
from operations.verify.live import Live
from operations.verify.rows import Check, Row, not_yet, passed
from runtimes.console import counted, quoted

_LOADED = "rules loaded"
_EVALUATED = "rules evaluated"


def checks(live: Live) -> list[Check]:
    """Two rows: whether all are there, and whether they work."""
    return [Check((_LOADED, _EVALUATED), lambda: _rows(live))]


def _rows(live: Live) -> list[Row]:
    groups = live.prometheus.rule_groups()
    return [_loaded(live, groups), _evaluated(groups)]


def _loaded(live: Live, groups: list[dict[str, Any]]) -> Row:
    declared, loaded = live.declared.rules_by_file, Counter[str]()
    for group in groups:
        loaded[PurePosixPath(group["file"]).name] += len(group["rules"])
    differing = [
        f"{file} ({loaded[file]} loaded, {declared[file]} declared)"
        for file in sorted(declared.keys() | loaded.keys())
        if loaded[file] != declared[file]
    ]
    if differing:
        what = f"other rules than declared: {', '.join(differing)}"
        logs = live.logs(PROMETHEUS.workload)
        return not_yet(_LOADED, f"{what}: {logs} says why Prometheus keeps them; then run {live.declared.up()}.")
    return passed(_LOADED, f"{counted(declared.total(), 'rule')} from {counted(len(declared), 'file')}")


def _evaluated(groups: list[dict[str, Any]]) -> Row:
    rules = [(PurePosixPath(group["file"]).name, rule) for group in groups for rule in group["rules"]]
    broken = [(file, rule) for file, rule in rules if rule.get("lastError")]
    waiting = [(file, rule) for file, rule in rules if rule["health"] != "ok"]
    if broken:
        file, rule = broken[0]
        what = f"{counted(len(broken), 'rule')} with an error, first {rule['name']} of {file}"
        return not_yet(_EVALUATED, f"{what}: correct it ({quoted(rule['lastError'])}).")
    if waiting or not rules:
        what = f"{counted(len(waiting), 'rule')} not evaluated yet" if rules else "there is no rule to evaluate"
        return not_yet(_EVALUATED, f"{what}: wait for prometheus.evaluation_interval.")
    return passed(_EVALUATED, f"{counted(len(rules), 'rule')}, none with an error")

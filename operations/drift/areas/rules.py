"""The rules that Prometheus evaluates, one by one, against those of its rule files as they are declared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from pathlib import PurePosixPath
from typing import Any

import yaml

from catalog.promql import canonical
from components.endpoints import PROMETHEUS
from operations.drift.documents import differing, lines
from operations.drift.stack import DriftingStack
from runtimes.drift import Compared, Difference
from settings.types import seconds

NAME = "rules"
Rules = Mapping[tuple[str, str], list[dict[str, Any]]]
"""Rules by their file and name. Several can have one name: recordings of one series for several services."""


def compare(stack: DriftingStack) -> Compared:
    """Each rule: expression, waiting time, labels, annotations."""
    wanted, found = _declared(stack), _evaluated(stack.live.prometheus.rule_groups())
    mend = stack.reread(PROMETHEUS.workload)
    differences = tuple(
        difference
        for key in sorted(wanted.keys() | found.keys())
        for difference in _differing(*key, wanted.get(key, []), found.get(key, []), mend)
    )
    return Compared(sum(map(len, wanted.values())), differences)


def _differing(
    file: str, name: str, wanted: list[dict[str, Any]], found: list[dict[str, Any]], mend: str
) -> Iterator[Difference]:
    ours = [rule for rule in wanted if rule not in found]
    theirs = [rule for rule in found if rule not in wanted]
    title = f"{name} of {file}"
    for our, their in zip_longest(ours, theirs):
        if their is None:
            yield Difference("rule", title, "missing", mend, (f"- {our['expr']}",))
        elif our is None:
            yield Difference("rule", title, "extra", mend, (f"+ {their['expr']}",))
        else:
            yield Difference("rule", title, "changed", mend, lines(differing(our, their)))


def _declared(stack: DriftingStack) -> Rules:
    rules: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for path, text in stack.config(PROMETHEUS.workload).files.items():
        if path.startswith("rules/"):
            for group in yaml.load(text, yaml.CSafeLoader)["groups"]:
                for rule in group["rules"]:
                    rules[PurePosixPath(path).name, rule.get("alert") or rule["record"]].append(_from_file(rule))
    return rules


def _from_file(rule: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "kind": "alerting" if "alert" in rule else "recording",
        "expr": canonical(str(rule["expr"])),
        "for": seconds(rule.get("for", "0s")),
        "keep_firing_for": seconds(rule.get("keep_firing_for", "0s")),
        "labels": dict(rule.get("labels", {})),
        "annotations": dict(rule.get("annotations", {})),
    }


def _evaluated(groups: list[dict[str, Any]]) -> Rules:
    rules: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for group in groups:
        for rule in group["rules"]:
            rules[PurePosixPath(group["file"]).name, rule["name"]].append(_from_api(rule))
    return rules


def _from_api(rule: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "kind": rule["type"],
        "expr": canonical(rule["query"]),
        "for": rule.get("duration", 0),
        "keep_firing_for": rule.get("keepFiringFor", 0),
        "labels": rule.get("labels") or {},
        "annotations": rule.get("annotations") or {},
    }

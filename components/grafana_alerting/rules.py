"""The alert rules of a plan as Grafana evaluates them: the same expressions, on the series that Prometheus records.

Alerts on logs are Grafana's on every stack that has one: their expressions say how many lines are too many, and the
store of logs how many there are.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import yaml

from alerting.annotations import VALUE, in_grafana
from alerting.receivers.opsgenie import PRIORITIES, PRIORITY_ANNOTATION
from catalog.alerts import LOGGED, rule_file
from catalog.plan import MonitoringPlan
from components.endpoints import GRAFANA
from components.links import with_links
from components.stores import stores_of
from components.stores.store import LogStore
from dashboards.signals import METRICS_SOURCE
from settings.types import seconds
from workloads.place import Place

# Grafana looks for rules to evaluate every ten seconds, and takes no interval between.
_TICK = 10
# A limit that nothing is above, so that no other is ever alone.
_NEVER = 'label_replace(vector(Inf), "service", "none", "", "")'
# What the store of logs counts, and the newest of each of those counts.
_LINES, _COUNTED = "LINES", "B"
# What Grafana's own import of Prometheus' rules lets a query see; an instant query asks for its end alone.
_RANGE = {"from_": 600, "to": 0}
_ANYTHING, _CONDITION = "B", "C"
# The data source of nodes that calculate.
_EXPRESSION = {"type": "__expr__", "uid": "__expr__"}


@dataclass(frozen=True)
class _Judging:
    """How rules of a file are judged.

    Attributes:
        nodes: the queries and conditions of a rule, from its expression.
        on_error: its `exec_err_state`.
    """

    nodes: Callable[[str], Iterator[dict[str, Any]]]
    on_error: str


@dataclass(frozen=True)
class RuleGroup:
    """Rules that are evaluated together.

    Attributes:
        copy: 1; from 2 on, rules of names that an earlier group has: what overrides made of one alert. Grafana calls
            an alert after its rule, and lets no two rules of a folder have one name.
        interval: seconds from one evaluation to the next.
        rules: as the provider's `RuleGroup` takes them.
    """

    name: str
    copy: int
    interval: int
    rules: tuple[Any, ...]


def rule_groups(plan: MonitoringPlan, place: Place) -> tuple[RuleGroup, ...]:
    """Every alert of the plan's rule files that Grafana evaluates, in groups of the same names.

    Args:
        plan: with the rules.
        place: where the links of annotations lead.
    """
    seen: Counter[str] = Counter()
    made: list[RuleGroup] = []
    about_logs = rule_file(LOGGED).name
    for file, text in plan.rule_files.items():
        if file != about_logs and not plan.settings.grafana.manages_alerts:
            continue
        # A store of logs that does not answer has alerts of its own, which one for each of these would only repeat.
        judging = (
            _Judging(partial(_log_nodes, stores_of(plan.settings).logs), "KeepLast")
            if file == about_logs
            else _Judging(_nodes, "Error")
        )
        linked = with_links(text, plan.settings, place, GRAFANA)
        for group in yaml.load(linked, yaml.CSafeLoader)["groups"]:
            interval = -(-seconds(group.get("interval", plan.settings.prometheus.evaluation_interval)) // _TICK) * _TICK
            copies: dict[int, list[dict[str, Any]]] = {}
            for rule in group["rules"]:
                if "alert" in rule:
                    seen[rule["alert"]] += 1
                    copy = seen[rule["alert"]]
                    copies.setdefault(copy, []).append(_rule(rule, copy, interval, plan, judging))
            made += [RuleGroup(group["name"], copy, interval, tuple(rules)) for copy, rules in sorted(copies.items())]
    return tuple(made)


def _rule(rule: Mapping[str, Any], copy: int, interval: int, plan: MonitoringPlan, judging: _Judging) -> dict[str, Any]:
    annotations = in_grafana(rule["annotations"])
    keeps = str(rule.get("keep_firing_for", "0s"))
    return {
        "name": rule["alert"],
        "uid": rule["alert"] if copy == 1 else f"{rule['alert']}-{copy}",
        "for_": str(rule.get("for", "0s")),
        "keep_firing_for": keeps,
        # Of the series that an expression filters, one whose condition is over is missing. Grafana keeps an alert
        # firing while its series is there, and after that as long as this says.
        "missing_series_evals_to_resolve": max(1, -(-seconds(keeps) // interval)),
        "condition": _CONDITION,
        "datas": [
            *judging.nodes(str(rule["expr"])),
            *(_query(name, query) for name, query in annotations.queries.items()),
        ],
        # Nothing that meets the condition is what should be.
        "no_data_state": "OK",
        "exec_err_state": judging.on_error,
        # Prometheus would add the environment when it sends an alert.
        "labels": {**rule["labels"], "environment": plan.environment},
        "annotations": {**annotations.texts, **_priority(rule["labels"]["severity"], plan)},
    }


def _nodes(expression: str) -> Iterator[dict[str, Any]]:
    """The expression, and the condition that it returned something: 0 too, which `up == 0` does."""
    returned = " || ".join(f"{kind}(${VALUE})" for kind in ("is_number", "is_nan", "is_inf"))
    above = {"evaluator": {"type": "gt", "params": [0]}}
    yield _query(VALUE, expression)
    yield _node(_ANYTHING, {"type": "math", "expression": returned})
    yield _node(_CONDITION, {"type": "threshold", "expression": _ANYTHING, "conditions": [above]})


def _log_nodes(logs: LogStore, expression: str) -> Iterator[dict[str, Any]]:
    """How many lines are too many, how many there are, and the condition that there are more.

    Grafana joins them by their labels, and those of one must all be labels of the other. But of one limit and one count
    it makes a pair whatever their labels: a service that fails would be judged by the lines of another.
    """
    counted = logs.error_count()
    expression = f"({expression}) or {_NEVER}"
    if counted.name:
        expression = f'label_replace({expression}, "__name__", "{counted.name}", "", "")'
    yield _query(VALUE, expression)
    source = {"type": logs.source.type, "uid": logs.source.uid}
    model = {"refId": _LINES, "datasource": source, **counted.model}
    yield _data(_LINES, logs.source.uid, model, {"from_": counted.seconds, "to": 0})
    yield _node(_COUNTED, {"type": "reduce", "reducer": "last", "expression": _LINES})
    yield _node(_CONDITION, {"type": "math", "expression": f"${_COUNTED} > ${VALUE}"})


def _query(name: str, expression: str) -> dict[str, Any]:
    source = {"type": METRICS_SOURCE.type, "uid": METRICS_SOURCE.uid}
    model = {"refId": name, "datasource": source, "expr": expression, "instant": True, "range": False}
    return _data(name, METRICS_SOURCE.uid, model, _RANGE)


def _node(name: str, model: Mapping[str, Any]) -> dict[str, Any]:
    return _data(name, _EXPRESSION["uid"], {"refId": name, "datasource": _EXPRESSION, **model}, {"from_": 0, "to": 0})


def _data(name: str, source: str, model: Mapping[str, Any], span: Mapping[str, int]) -> dict[str, Any]:
    found = {"ref_id": name, "datasource_uid": source, "relative_time_range": dict(span)}
    # Grafana says it beside the model too: left out here, the first look at the rules would call them changed.
    kind = {"query_type": model["queryType"]} if "queryType" in model else {}
    return {**found, **kind, "model": json.dumps(model, sort_keys=True)}


def _priority(severity: str, plan: MonitoringPlan) -> dict[str, str]:
    """What Opsgenie is told of the severity, where it is told at all: Grafana takes it from there alone."""
    told = any(receiver.kind == "opsgenie" for receiver in plan.settings.receivers.values())
    return {PRIORITY_ANNOTATION: PRIORITIES.get(severity, PRIORITIES["other"])} if told else {}

"""What is proven of the shipped alerts, counted from the files; `make test` prints it and fails below 100 %."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from catalog import kinds
from components.prometheus import prometheus_workload
from components.stores import log_stores, trace_stores
from components.stores.store import Stores
from dashboards import all_dashboards
from dashboards.queries import executable_queries
from dashboards.signals import METRICS_SOURCE
from tests.inhibition import cases, declared_edges, name_of
from tests.plans import EXAMPLES, plan_of, smallest_entry
from tests.promql import selectors
from workloads.place import Place

ROOT = Path(__file__).resolve().parents[1]
RULES, RUNBOOKS = ROOT / "rules", ROOT / "runbooks"
_PROMQL = re.compile(r"^ *```promql\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
# What Prometheus itself adds for every target or alert.
BUILT_IN = frozenset({"up", "scrape_samples_post_metric_relabeling", "ALERTS", "ALERTS_FOR_STATE"})


@dataclass
class Alert:
    """A shipped alert and its test cases; `file` is the part of the file name that rules and tests share."""

    file: str
    rule: Mapping[str, Any]
    firing: list[Mapping[str, Any]] = field(default_factory=list)
    silent_in: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What it is called."""
        return str(self.rule["alert"])

    @property
    def runbook(self) -> Path:
        """Its page."""
        return RUNBOOKS / f"{self.name}.md"


@dataclass(frozen=True)
class Emitter:
    """A program and the metrics that rules and dashboards read of it; `demo` means that the demo stack has them."""

    file: str
    emitter: str
    checked: str
    demo: bool
    metrics: tuple[str, ...]


def load(path: Path) -> Any:
    """A YAML file's content."""
    return yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)


@cache
def shipped_rules() -> tuple[tuple[str, Mapping[str, Any]], ...]:
    """Every rule of the rule files, with the part of the file name before `.rules.yml`."""
    return tuple(
        (path.name.removesuffix(".rules.yml"), rule)
        for path in sorted(RULES.glob("*.rules.yml"))
        for group in load(path)["groups"]
        for rule in group["rules"]
    )


@cache
def alerts() -> Mapping[str, Alert]:
    """Every shipped alert by name, with its test cases in the file beside its rules; others do not count."""
    found = {rule["alert"]: Alert(file, rule) for file, rule in shipped_rules() if "alert" in rule}
    for path in sorted(RULES.glob("*.test.yml")):
        for test in load(path)["tests"]:
            cases = test.get("alert_rule_test", [])
            silent = not any(case["exp_alerts"] for case in cases)
            for case in cases:
                alert = found.get(case["alertname"])
                if alert is None or f"{alert.file}.test.yml" != path.name:
                    continue
                alert.firing.extend(case["exp_alerts"])
                if silent:
                    alert.silent_in.append(test["name"])
    return found


@cache
def emitters() -> tuple[Emitter, ...]:
    """Who emits the metrics that rules and dashboards read, from the lists beside the rules."""
    return tuple(
        Emitter(path.name, entry["emitter"], entry["checked"], entry["demo"], tuple(entry["metrics"]))
        for path in sorted(RULES.glob("*.emitters.yml"))
        for entry in load(path)
    )


# Entries whose recordings the smallest ones do not have.
_VARIANTS: tuple[Mapping[str, object], ...] = (
    {
        "name": "with-objectives",
        "kind": "http",
        "target": "host:1234",
        "slo": {"availability": 0.99, "latency": {"seconds": 1}},
    },
    {"name": "replicated", "kind": "container", "compose": {"project": "shop", "services": ["api"]}},
    {"name": "pushing", "kind": "otel", "otlp": {}, "depends_on": ["with-objectives"]},
)
# A stack that has announced maintenance.
_MAINTENANCE = {"services": ["pushing"], "reason": "Upgrade", "from": "2030-01-05T22:00", "to": "2030-01-06T02:00"}


@cache
def expressions() -> tuple[tuple[str, str], ...]:
    """Every expression that Prometheus may evaluate: shipped rules, and what each kind generates."""
    shipped = [(str(rule.get("alert") or rule["record"]), str(rule["expr"])) for _, rule in shipped_rules()]
    services = [*(smallest_entry(kind) for kind in kinds().values()), *_VARIANTS]
    # A stack with built images has other stores; whether its exporters can be built does not matter here.
    plans = [
        plan_of(*services, alerting={"maintenance": [_MAINTENANCE]}),
        plan_of(smallest_entry(kinds()["host"]), images={"source": "built"}),
    ]
    workloads = [
        prometheus_workload(plan, Place({name: f"http://{name}" for name in ("prometheus", "runbooks")}), [])
        for plan in plans
    ]
    generated = [
        (str(rule["record"]), str(rule["expr"]))
        for workload in workloads
        if workload.config
        for name, text in workload.config.files.items()
        if name.startswith("rules/generated")
        for group in yaml.load(text, yaml.CSafeLoader)["groups"]
        for rule in group["rules"]
    ]
    return tuple(shipped + generated)


@cache
def asked() -> tuple[tuple[str, str], ...]:
    """Every expression that the dashboards ask Prometheus, with the dashboard and the panel."""
    stores = Stores(log_stores()[0], trace_stores()[0])
    return tuple(
        (query.where, query.expr)
        for document in all_dashboards(stores).values()
        for query in executable_queries(document, dict.fromkeys(_variables(document), "x"))
        if query.datasource == METRICS_SOURCE.uid
    )


def _variables(document: Mapping[str, Any]) -> Iterable[str]:
    return (variable["name"] for variable in document.get("templating", {}).get("list", []))


@cache
def unaccounted() -> tuple[str, ...]:
    """Metric names that nobody records, emits or lists, with the rule, or the panel, that reads them."""
    recorded = {name for name, _ in expressions()} | {"service:alert:override"}
    listed = {metric for emitter in emitters() for metric in emitter.metrics}
    there = recorded | BUILT_IN | listed | {str(EXAMPLES["metric"])}
    return tuple(
        sorted(
            {
                f"{pattern.pattern} in {reader}"
                for reader, expression in (*expressions(), *asked())
                for pattern in selectors(expression)
                if not any(pattern.fullmatch(name) for name in there)
            }
        )
    )


def inhibitions_tested() -> frozenset[str]:
    """Inhibitions that tests/programs/test_inhibition.py tries in both directions: each of its cases."""
    return frozenset(name_of(case.edge) for case in cases() if case.silenced)


def runbook_queries() -> Iterable[tuple[str, str]]:
    """Every PromQL query of the runbooks, with the page it is on; placeholders are filled in."""
    for path in sorted(RUNBOOKS.glob("*.md")):
        for block in _PROMQL.findall(path.read_text(encoding="utf-8")):
            yield path.stem, re.sub(r"<([a-z_ -]+)>", "x", block).strip()


def summary() -> str:
    """One line: how many alerts, and how many of them are proven."""
    found = alerts().values()
    return (
        f"alerts {len(found)}, "
        f"with firing test {sum(bool(alert.firing) for alert in found)}, "
        f"with silent test {sum(bool(alert.silent_in) for alert in found)}, "
        f"with runbook {sum(alert.runbook.is_file() for alert in found)}, "
        f"inhibition edges {len(declared_edges())}, "
        f"with both tests {len(inhibitions_tested() & declared_edges())}, "
        f"metric names unaccounted for {len(unaccounted())}"
    )

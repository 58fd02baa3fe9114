"""Every query of a kind's dashboards, asked of what its exporter really says, by the program that answers on a stack.

promtool evaluates the rules that the catalogue renders on pages of metrics (`expositions/`), each of which grows for
an hour and more. A panel without data is a panel nobody can trust, so every query must answer; what answers only when
something is wrong, or after weeks, is listed.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import yaml
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from catalog import kinds
from catalog.alerts import rule_file
from catalog.plan import MonitoringPlan, ScrapeJob
from components.prometheus import prometheus_workload
from components.stores import log_stores, trace_stores
from components.stores.store import Stores
from dashboards import dashboards_of
from dashboards.queries import Query, executable_queries
from dashboards.signals import METRICS_SOURCE
from tests.conftest import PLACE
from tests.plans import plan_of, smallest_entry

PAGES = Path(__file__).with_name("expositions")
STORES = Stores(log_stores()[0], trace_stores()[0])
# Longer than the windows that panels look at, and than the youth in which rules wait.
_MINUTES = 75

APP: Mapping[str, object] = {"name": "app", "kind": "http", "target": "app:80"}
OF_APP: Mapping[str, object] = {"metrics_from": "app"}
# Kinds that read the same page by default.
_ALIKE = {"fastapi": "http"}
# What a service of each kind is, where the smallest one would not fill its dashboards.
ENTRIES: Mapping[str, tuple[Mapping[str, object], ...]] = {
    "airflow": ({"critical_dags": {"invoices": {"every": "1h"}}},),
    "business": ({"metric": "memory_operations_total", **OF_APP},),
    "cache": (OF_APP,),
    "kafka": ({"brokers": 3, "broker_metrics": ["kafka:7071"]},),
    "llm": ({"prices": {"demo-embedder": {"input": 0.1, "output": 0.1}}, **OF_APP},),
    "neo4j": ({}, {"name": "community", "edition": "community"}),
    "probe": (
        {"probers": ["blackbox-exporter", "office"]},
        {"name": "office", "kind": "prober", "target": "office:9115"},
    ),
    "queries": (OF_APP,),
    "rabbitmq": ({}, {"name": "per-queue", "per_queue": True}),
    "vector-search": (OF_APP,),
}
# What a healthy stack has nothing of: the panel or annotation, and what it waits for.
QUIET: Mapping[str, str] = {
    "annotation Firing alerts": "an alert",
    "annotation Deployments and restarts": "a restart",
    "annotation Maintenance": "a maintenance",
    "Firing alerts": "an alert",
    "Against earlier weeks": "two earlier weeks",
    "Deviation": "two earlier weeks",
}
WITH_DASHBOARDS = sorted(name for name, kind in kinds().items() if kind.dashboards)


@dataclass(frozen=True)
class Series:
    """An input of promtool."""

    series: str
    values: str


def plan_for(kind: str) -> MonitoringPlan:
    """A stack that watches what the pages are of."""
    entries = [{**smallest_entry(kinds()[kind]), **entry} for entry in ENTRIES.get(kind, ({},))]
    for entry in entries:
        if "metrics_from" in entry:
            entry.pop("target", None)
    return plan_of(*entries, *([APP] if any("metrics_from" in entry for entry in entries) else []))


def page_of(job: ScrapeJob) -> str:
    """The name of the page that a scrape of the job brings."""
    if job.probe_module:
        return "probe"
    _, _, part = job.name.partition("/")
    part = part or ("per-object" if job.metrics_path.endswith("/per-object") else "")
    kind = job.labels["kind"]
    return ".".join(filter(None, (_ALIKE.get(kind, kind), part)))


def series_of(job: ScrapeJob) -> Iterator[Series]:
    """Every series that Prometheus has of the job's first target."""
    labels = {"job": job.name, "instance": job.targets[0], **job.labels}
    yield Series(_written("up", labels), f"1x{_MINUTES}")
    yield Series(_written("scrape_samples_post_metric_relabeling", labels), f"100x{_MINUTES}")
    text = (PAGES / f"{page_of(job)}.prom").read_text(encoding="utf-8")
    # The parser would give every counter the ending that OpenMetrics wants.
    for family in text_string_to_metric_families(re.sub(r"^(# TYPE \S+) counter$", r"\1 untyped", text, flags=re.M)):
        for sample in family.samples:
            value = sample.value
            step = value / 100 if _grows(family, sample.name) else 0
            yield Series(_written(sample.name, {**sample.labels, **labels}), f"{value}+{step}x{_MINUTES}")


def _grows(family: Metric, name: str) -> bool:
    # Offsets are gauges to Kafka's exporters; mysqld_exporter does not say what its figures are.
    return family.type != "gauge" or name.endswith("_offset")


def _written(name: str, labels: Mapping[str, str]) -> str:
    matchers = ",".join(f"{label}={json.dumps(value)}" for label, value in labels.items())
    return f"{name}{{{matchers}}}"


def queries_of(kind: str, plan: MonitoringPlan) -> list[Query]:
    """What Grafana asks Prometheus for the kind's dashboards, with every service chosen."""
    chosen = "|".join(service.name for service in plan.settings.services)
    found = dashboards_of(plan, STORES)
    return [
        query
        for name in kinds()[kind].dashboards
        for query in executable_queries(found[name], {"service": chosen})
        if query.datasource == METRICS_SOURCE.uid
    ]


def rules_of(kind: str, plan: MonitoringPlan) -> dict[str, str]:
    """The rule files that a kind's dashboards read from, by name: its own, and what the settings make."""
    workload = prometheus_workload(plan, PLACE, [])
    assert workload.config
    own = {rule_file(group).name for group in kinds()[kind].rules}
    found = {name.removeprefix("rules/"): text for name, text in workload.config.files.items() if name[:6] == "rules/"}
    return {name: text for name, text in found.items() if name in own or name.startswith("generated")}


def unanswered(promtool: str, folder: Path, kind: str, plan: MonitoringPlan, queries: list[Query]) -> set[str]:
    """Where those queries stand that Prometheus has nothing for; a query that it refuses fails the test."""
    rules = rules_of(kind, plan)
    for name, text in rules.items():
        (folder / name).write_text(text, encoding="utf-8")
    inputs = [vars(series) for job in plan.scrape_jobs if job.name in _services(plan) for series in series_of(job)]
    asked = [
        {
            "expr": f"count({query.expr}) > bool 0",
            "eval_time": f"{_MINUTES}m",
            "exp_samples": [{"labels": "{}", "value": 1}],
        }
        for query in queries
    ]
    case = {"interval": "1m", "input_series": inputs, "promql_expr_test": asked}
    document = {"rule_files": [*rules], "evaluation_interval": "1m", "tests": [case]}
    (folder / "dashboards.test.yml").write_text(yaml.safe_dump(document), encoding="utf-8")
    done = subprocess.run(
        [promtool, "test", "rules", "dashboards.test.yml"], cwd=folder, capture_output=True, text=True, check=False
    )
    said = done.stdout + done.stderr
    failed = {query.where for query, each in zip(queries, asked, strict=True) if json.dumps(each["expr"]) in said}
    assert bool(failed) == bool(done.returncode), said
    return failed


def _services(plan: MonitoringPlan) -> set[str]:
    names = {service.name for service in plan.settings.services}
    return names | {f"{name}/brokers" for name in names}


@pytest.mark.parametrize("kind", WITH_DASHBOARDS)
def test_every_query_of_a_kind_is_answered(promtool: str, tmp_path: Path, kind: str) -> None:
    plan = plan_for(kind)
    queries = queries_of(kind, plan)
    empty = unanswered(promtool, tmp_path, kind, plan, queries)
    assert {where for where in empty if where.partition(": ")[2] not in QUIET} == set()
    said = {query.where for query in queries if query.may_be_empty}
    assert empty <= said, "a panel that may be empty says what that means"


def test_a_metric_that_is_gone_is_told_with_the_panels_that_lose_their_data(promtool: str, tmp_path: Path) -> None:
    plan = plan_for("nginx")
    renamed = [
        replace(
            query,
            target={**query.target, "expr": query.expr.replace("nginx_connections_active", "nginx_connections_open")},
        )
        for query in queries_of("nginx", plan)
    ]
    lost = unanswered(promtool, tmp_path, "nginx", plan, renamed)
    assert {where for where in lost if where.partition(": ")[2] not in QUIET} == {"nginx: Connections open"}

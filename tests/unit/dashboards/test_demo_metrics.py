"""What panels read of the demo, by way of recordings, is what its own code counts: renamed there, it is named."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import yaml
from memory_service.metrics import Metrics
from promql_parser import MatchOp

from catalog.promql import selectors
from components.demo import API
from components.stores import stores_of
from dashboards import dashboards_of
from dashboards.queries import executable_queries
from dashboards.signals import METRICS_SOURCE
from tests.plans import program_of, workload_of
from tests.proof import BUILT_IN

# What a family of each type is exposed as.
_SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}
# Made of spans by the collector, about the demo.
_OF_SPANS = "traces_span_metrics_"


def emitted() -> set[str]:
    """Every series' name that the memory API exposes, as its code registers them."""
    return {
        f"{family.name}{suffix}"
        for family in Metrics("1.0.0").registry.collect()
        for suffix in _SUFFIXES.get(family.type, ("",))
    }


def recorded() -> Mapping[str, list[str]]:
    """The expressions of each recorded series of the dev stack."""
    found: dict[str, list[str]] = defaultdict(list)
    config = workload_of("prometheus").config
    assert config
    for path, text in config.files.items():
        if path.startswith("rules/"):
            for group in yaml.load(text, yaml.CSafeLoader)["groups"]:
                for rule in group["rules"]:
                    if "record" in rule:
                        found[rule["record"]].append(str(rule["expr"]))
    return found


def of_the_demo(expression: str, recordings: Mapping[str, list[str]], seen: frozenset[str] = frozenset()) -> set[str]:
    """Names of the series of the memory API that an expression reads, itself or through what is recorded."""
    found: set[str] = set()
    for selector, _ in selectors(expression):
        name = selector.name or ""
        if name in recordings and name not in seen:
            for below in recordings[name]:
                found |= of_the_demo(below, recordings, seen | {name})
        elif name and name not in BUILT_IN and name not in recordings and _is_the_demos(selector):
            found.add(name)
    return {name for name in found if not name.startswith(_OF_SPANS)}


def _is_the_demos(selector: Any) -> bool:
    """Recordings are made for a service each, and name it; a panel's own selectors match whichever are chosen."""
    return any(
        (found.name, found.op, found.value) == ("service", MatchOp.Equal, API) for found in selector.matchers.matchers
    )


def unknown(known: Collection[str]) -> Iterator[str]:
    """Panels of the dev stack that read something of the demo which it does not expose."""
    program, recordings = program_of("dev"), recorded()
    for document in dashboards_of(program.plan, stores_of(program.settings)).values():
        variables = [variable["name"] for variable in document.get("templating", {}).get("list", [])]
        for query in executable_queries(document, dict.fromkeys(variables, API)):
            # What may be empty is of services that expose more than the demo does.
            if query.datasource == METRICS_SOURCE.uid and not query.may_be_empty:
                for name in sorted(of_the_demo(query.expr, recordings) - set(known)):
                    yield f"{query.where}: {name}"


def test_every_panel_reads_what_the_demo_exposes() -> None:
    assert sorted(set(unknown(emitted()))) == []


def test_a_metric_that_the_demo_renames_is_named_with_every_panel_that_reads_it() -> None:
    renamed = emitted() - {"http_requests_total"} | {"http_calls_total"}
    found = set(unknown(renamed))
    assert "services: Requests: http_requests_total" in found
    assert "services: Errors: http_requests_total" in found
    assert {line.rpartition(": ")[2] for line in found} == {"http_requests_total"}

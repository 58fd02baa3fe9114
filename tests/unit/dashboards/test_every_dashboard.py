"""Every dashboard is complete, reproducible, and asks only for data that the stack has."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from grafana_foundation_sdk.cog import plugins

from catalog import kinds
from catalog.alerts import shipped_alerts
from catalog.promql import selectors
from components.grafana_sources import datasources
from components.stores import log_stores, trace_stores
from components.stores.store import Stores
from dashboards import all_dashboards, dashboards_of
from dashboards.panels import finished
from dashboards.queries import GRAFANA_VALUES, executable_queries, panels_of
from dashboards.sdk import models
from dashboards.signals import METRICS_SOURCE
from tests.plans import configuration, plan_of, settings_of, smallest_entry
from tests.proof import RULES, expressions
from tests.unit.dashboards.made import everything_in

API: dict[str, object] = {"name": "api", "kind": "http", "target": "api:80"}
_TO_DASHBOARD = re.compile(r"/d/(?P<uid>[\w-]+)/(?P<slug>[\w-]+)\?(?P<query>.*)")
RECORDED = re.compile(r"\bservice:\w+(?::\w+)?")
PAIRS = [Stores(logs, traces) for logs in log_stores() for traces in trace_stores()]
STORES = PAIRS[0]
# What a reader takes in at one sight, and what a reload asks of Prometheus.
_MOST_QUERIES = 30
# Two sentences.
_LONGEST_DESCRIPTION = 260
# Programs of the stack itself, which no choice of services is about.
_OWN = re.compile(
    r"\b(alertmanager|prometheus|loki|tempo)_|\b(collector|jaeger|sender|victorialogs):|:volume_used:"
    r'|owner="monitoring"|service=~?"(alertmanager|collector|prometheus)'
)

# Each dashboard with each pair of stores.
every_dashboard = pytest.mark.parametrize(
    ("stores", "document"),
    [
        pytest.param(stores, document, id=f"{uid}-{stores.logs.name}-{stores.traces.name}")
        for stores in PAIRS
        for uid, document in all_dashboards(stores).items()
    ],
)


def _objects_in(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (value for value in everything_in(document) if isinstance(value, dict))


def _recorded_names() -> set[str]:
    return {name for name, _ in expressions()}


def _values(document: dict[str, Any], value: str = "memory-api|memory-db") -> dict[str, str]:
    return {variable["name"]: value for variable in document.get("templating", {}).get("list", [])}


@every_dashboard
def test_has_what_a_dashboard_needs(stores: Stores, document: dict[str, Any]) -> None:
    assert all_dashboards(stores)[document["uid"]] is document
    assert document["title"]
    assert document["description"]
    assert document["refresh"] in ("10s", "15s", "30s")
    assert document["time"]["to"] == "now"
    assert "id" not in document


@every_dashboard
def test_ids_are_unique(stores: Stores, document: dict[str, Any]) -> None:
    panels = [*panels_of(document), *(panel for panel in document["panels"] if panel["type"] == "row")]
    assert sorted(panel["id"] for panel in panels) == list(range(1, len(panels) + 1))
    for panel in panels_of(document):
        letters = [target["refId"] for target in panel["targets"]]
        assert len(set(letters)) == len(letters) > 0, panel["title"]


@every_dashboard
def test_is_sorted_and_has_no_nulls(stores: Stores, document: dict[str, Any]) -> None:
    assert json.dumps(document) == json.dumps(document, sort_keys=True)
    assert not [value for value in everything_in(document) if value is None]


@every_dashboard
def test_every_panel_is_explained_and_titled_once(stores: Stores, document: dict[str, Any]) -> None:
    for panel in panels_of(document):
        assert panel["title"]
        assert panel.get("description", "").endswith("."), panel["title"]
        assert len(panel["description"]) <= _LONGEST_DESCRIPTION, panel["title"]
    titles = [panel["title"] for panel in panels_of(document)]
    assert len(set(titles)) == len(titles)


@every_dashboard
def test_names_only_pinned_data_sources(stores: Stores, document: dict[str, Any]) -> None:
    pinned = {source.ref.uid: source.ref.type for source in datasources(settings_of(configuration(API)), stores)}
    for panel in panels_of(document):
        assert "datasource" in panel, panel["title"]
    for value in _objects_in(document):
        assert "expr" not in value or "datasource" in value, value
        if "datasource" in value:
            assert pinned[value["datasource"]["uid"]] == value["datasource"]["type"]


@every_dashboard
def test_shows_legends_links_and_marks(stores: Stores, document: dict[str, Any]) -> None:
    for value in _objects_in(document):
        assert value.get("placement") != "inControlsMenu"
        assert value.get("showLegend", True)


@every_dashboard
def test_panels_fit_the_grid_and_do_not_overlap(stores: Stores, document: dict[str, Any]) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in document["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24, panel["title"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells


@every_dashboard
def test_recorded_series_are_those_of_the_catalog(stores: Stores, document: dict[str, Any]) -> None:
    for query in executable_queries(document, _values(document)):
        assert set(RECORDED.findall(query.expr)) <= _recorded_names(), query.where


@every_dashboard
def test_queries_can_be_executed(stores: Stores, document: dict[str, Any]) -> None:
    queries = executable_queries(document, _values(document))
    assert {query.datasource for query in queries} <= {
        source.ref.uid for source in datasources(settings_of(configuration(API)), stores)
    }
    for query in queries:
        # `$1` is of label_replace: Grafana leaves it alone.
        assert "$" not in query.expr.replace('"$1"', ""), query.where
        if query.datasource == METRICS_SOURCE.uid:
            # It is PromQL: the parser refuses what Prometheus would.
            assert list(selectors(query.expr)), query.where


@every_dashboard
def test_every_query_follows_what_is_chosen_unless_it_is_about_the_stack_itself(
    stores: Stores, document: dict[str, Any]
) -> None:
    queries = executable_queries(document, _values(document, "the-chosen-one"))
    unaffected = {
        query.where for query in queries if "the-chosen-one" not in query.expr and not _OWN.search(query.expr)
    }
    variables = {f"{document['uid']}: variable {name}" for name in _values(document)}
    # What is told about alerts is written by one program for all.
    assert unaffected - {"alerts: Messages"} == variables


@every_dashboard
def test_grafanas_own_model_knows_every_field(stores: Stores, document: dict[str, Any]) -> None:
    """The SDK is generated from Grafana's schema: a field that it does not know is lost on the way through it."""
    plugins.register_default_plugins()
    assert finished(models.Dashboard.from_json(deepcopy(document))) == document


@every_dashboard
def test_the_first_screen_asks_few_queries(stores: Stores, document: dict[str, Any]) -> None:
    shown = [panel for panel in document["panels"] if panel["type"] != "row"]
    assert sum(len(panel["targets"]) for panel in shown) <= _MOST_QUERIES


@every_dashboard
def test_health_comes_first_and_what_is_marked_is_the_same_everywhere(stores: Stores, document: dict[str, Any]) -> None:
    assert document["panels"][0]["title"] == "Health"
    marked = [mark["name"] for mark in document["annotations"]["list"]]
    assert marked == ["Firing alerts", "Deployments and restarts", "Maintenance"]


@every_dashboard
def test_every_link_to_a_dashboard_leads_to_one_and_keeps_the_time(stores: Stores, document: dict[str, Any]) -> None:
    every = all_dashboards(stores)
    for value in _objects_in(document):
        found = _TO_DASHBOARD.match(str(value.get("url", "")))
        if found:
            assert found["uid"] == found["slug"]
            assert "${__url_time_range}" in found["query"], value
            chosen = set(re.findall(r"var-(\w+)=", found["query"]))
            assert chosen <= {variable["name"] for variable in every[found["uid"]]["templating"]["list"]}, value


@every_dashboard
def test_every_variable_that_is_used_is_there(stores: Stores, document: dict[str, Any]) -> None:
    there = {*_values(document), *GRAFANA_VALUES, "__from", "__to", "__url_time_range", "__all"}
    used = {name.split(".")[0] for name in re.findall(r"\$\{?([A-Za-z_]\w*)", json.dumps(document))}
    assert {name for name in used - there if name not in ("__field", "__data")} == set()


def test_where_the_links_of_alerts_lead_there_are_dashboards() -> None:
    rules = "".join(path.read_text(encoding="utf-8") for path in RULES.glob("*.rules.yml"))
    linked = set(re.findall(r"dashboard_url: /d/(\w+)/(\w+)", rules))
    assert linked
    assert {uid for pair in linked for uid in pair} <= all_dashboards(STORES).keys()


def _of_everything() -> list[dict[str, object]]:
    """Services that together have every panel."""
    extra = {"slo": {"availability": 0.99}, "depends_on": ["a-redis"]}
    entries = [{**smallest_entry(kind), **(extra if kind.name == "http" else {})} for kind in kinds().values()]
    return [
        *entries,
        {**smallest_entry(kinds()["neo4j"]), "name": "community", "edition": "community"},
        {**smallest_entry(kinds()["kafka"]), "name": "watched", "broker_metrics": ["kafka:7071"]},
        {**smallest_entry(kinds()["probe"]), "name": "asked", "probers": ["blackbox-exporter", "a-prober"]},
        {
            **smallest_entry(kinds()["airflow"]),
            "name": "dags",
            "critical_dags": {"a": {"every": "1d"}},
            "statsd_port": 19125,
        },
    ]


def test_every_panel_is_had_by_some_stack() -> None:
    """A condition that never holds would hide its panel for ever."""
    had = {
        (uid, panel["title"])
        for logs, traces in (("loki", "tempo"), ("victorialogs", "jaeger"))
        for uid, document in dashboards_of(
            plan_of(*_of_everything(), logs={"store": logs}, traces={"store": traces}), STORES
        ).items()
        for panel in panels_of(document)
    }
    every = {(uid, panel["title"]) for uid, document in all_dashboards(STORES).items() for panel in panels_of(document)}
    assert every - had == set()


def test_the_limit_of_an_alert_that_is_off_is_asked_for_by_no_panel() -> None:
    limited = {name for name, alert in shipped_alerts().items() if alert.threshold}

    def asked(**sections: object) -> dict[str, list[str]]:
        return {
            panel["title"]: [target.get("expr", "") for target in panel["targets"]]
            for document in dashboards_of(plan_of(*_of_everything(), **sections), STORES).values()
            for panel in panels_of(document)
            if "targets" in panel
        }

    before, after = asked(), asked(alerts={name: {"enabled": False} for name in limited})
    assert any("alert:threshold" in expr for exprs in before.values() for expr in exprs)
    assert all(exprs for exprs in after.values())
    assert [expr for exprs in after.values() for expr in exprs if "alert:threshold" in expr] == []
    # One that shows the limit alone is gone, one that draws it beside something else is not.
    assert before.keys() - after.keys() >= {"P95 of searches, of its threshold"}
    assert before["CPU"] != after["CPU"] == before["CPU"][:1]


def test_every_dashboard_belongs_to_a_kind_or_to_every_stack() -> None:
    used = {name for kind in kinds().values() for name in kind.dashboards}
    assert set(all_dashboards(STORES)) == used | set(plan_of({**API, "slo": {"availability": 0.99}}).dashboards)


def test_a_plan_has_the_dashboards_of_its_kinds_and_those_of_every_stack() -> None:
    every = set(plan_of(API).dashboards)
    assert every >= {"alerts", "api", "infrastructure", "logs", "overview", "services", "sla", "stack", "traces"}
    cache: dict[str, object] = {"name": "cache", "kind": "redis", "target": "cache:6379"}
    assert set(dashboards_of(plan_of(cache, API), STORES)) == every | {"redis"}


def test_a_dashboard_that_there_is_not_is_named() -> None:
    with pytest.raises(LookupError, match=r"no dashboard kettles; there are .*, services"):
        dashboards_of(replace(plan_of(API), dashboards=("kettles", "services")), STORES)

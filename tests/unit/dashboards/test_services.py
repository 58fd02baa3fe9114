"""The dashboard of all services."""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from components.stores.store import Stores
from dashboards import all_dashboards
from dashboards.queries import executable_queries, panels_of
from dashboards.signals import TraceQuery
from tests.unit.dashboards.made import PAIRS, STORES, named

VALUES = {"service": "memory-api|memory-db"}
RECORDED = re.compile(r"\bservice:\w+:\w+")


def test_services_is_where_alerts_link_to() -> None:
    services = all_dashboards(STORES)["services"]
    assert services["title"] == "Services"
    assert [variable["name"] for variable in services["templating"]["list"]] == ["service"]


def test_exemplars_are_asked_of_raw_buckets_only() -> None:
    """A recorded series has none, so asking for them would show nothing, for ever."""
    queries = executable_queries(all_dashboards(STORES)["services"], VALUES)
    exemplars = [query.expr for query in queries if query.exemplars]
    assert exemplars
    assert all("_bucket" in expr and not RECORDED.search(expr) for expr in exemplars)


@pytest.mark.parametrize("stores", PAIRS, ids=named)
def test_trace_links_survive_percent_encoding(stores: Stores) -> None:
    (panel,) = (p for p in panels_of(all_dashboards(stores)["services"]) if p["title"] == "Latency")
    (link,) = panel["fieldConfig"]["defaults"]["links"]
    # What Grafana puts in place of its variables before the browser gets the address.
    url = link["url"].replace("${__field.labels.service}", "memory-api").replace("${__from}", "1")
    address = urlsplit(url.replace("${__to}", "2"))
    (panes,) = parse_qs(address.query)["panes"]
    (query,) = json.loads(panes)["traces"]["queries"]
    expected = stores.traces.explore_query(TraceQuery("memory-api"))
    assert query == {"datasource": {"type": stores.traces.source.type, "uid": stores.traces.source.uid}, **expected}
    assert "$" not in panes


def test_only_queries_for_alerts_may_be_empty() -> None:
    queries = executable_queries(all_dashboards(STORES)["services"], VALUES)
    assert {query.where for query in queries if query.may_be_empty} == {
        "services: annotation Firing alerts",
        "services: Alerts firing",
        "services: Firing alerts",
    }

"""The dashboard of all services."""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from components.stores import log_stores, trace_stores
from components.stores.store import Stores
from dashboards import all_dashboards
from dashboards.queries import executable_queries, panels_of

VALUES = {"service": "memory-api|memory-db"}
PAIRS = [Stores(logs, traces) for logs in log_stores() for traces in trace_stores()]
STORES = PAIRS[0]
every_pair = pytest.mark.parametrize("stores", PAIRS, ids=lambda stores: f"{stores.logs.name}-{stores.traces.name}")
RECORDED = re.compile(r"\bservice:\w+:\w+")


def test_services_is_where_alerts_link_to() -> None:
    assert all_dashboards(STORES)["services"]["title"] == "Services"
    assert [v["name"] for v in all_dashboards(STORES)["services"]["templating"]["list"]] == ["service"]


def test_exemplars_are_asked_of_raw_buckets_only() -> None:
    """A recorded series has none, so asking for them would show nothing, for ever."""
    queries = executable_queries(all_dashboards(STORES)["services"], VALUES)
    exemplars = [query.expr for query in queries if query.exemplars]
    assert exemplars
    assert all("_bucket" in expr and not RECORDED.search(expr) for expr in exemplars)


@every_pair
def test_trace_links_survive_percent_encoding(stores: Stores) -> None:
    (panel,) = (p for p in panels_of(all_dashboards(stores)["services"]) if p["title"] == "Latency")
    (link,) = panel["fieldConfig"]["defaults"]["links"]
    # What Grafana puts in place of its variables before the browser gets the address.
    url = link["url"].replace("${__field.labels.service}", "memory-api").replace("${__from}", "1")
    address = urlsplit(url.replace("${__to}", "2"))
    (panes,) = parse_qs(address.query)["panes"]
    (query,) = json.loads(panes)["traces"]["queries"]
    assert query["datasource"] == {"type": stores.traces.source.type, "uid": stores.traces.source.uid}
    assert "memory-api" in (query.get("service"), query.get("query", "").partition('="')[2].removesuffix('"}'))
    assert "$" not in panes

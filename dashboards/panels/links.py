"""Where a click leads, with the time and the choice of the dashboard it is on."""

from __future__ import annotations

import json
from urllib.parse import quote

from dashboards import sdk
from dashboards.queries import source
from dashboards.signals import TraceQuery, TraceSource


def traces_link(title: str, store: TraceSource, query: TraceQuery) -> sdk.dashboard.DashboardLink:
    """A link from a line to its traces, at the dashboard's time."""
    ref = store.source
    search = {"datasource": source(ref).to_json(), **store.explore_query(query)}
    time = {"from": "${__from}", "to": "${__to}"}
    panes = {"traces": {"datasource": ref.uid, "queries": [search], "range": time}}
    # Grafana puts values in place of ${…} only where it is not percent-encoded.
    encoded = quote(json.dumps(panes, separators=(",", ":")), safe="${}_.")
    return sdk.dashboard.DashboardLink(title).url(f"/explore?schemaVersion=1&orgId=1&panes={encoded}")


def dashboard_link(title: str, uid: str, **chosen: str) -> sdk.dashboard.DashboardLink:
    """A link from a value to another dashboard, at the same time.

    Args:
        title: what the reader sees.
        uid: of the dashboard.
        chosen: values of its variables, by name: as `${__field.labels.service}` of a line, as
            `${__data.fields.Service}` of a table's row, by the column's title.
    """
    variables = "".join(f"&var-{name}={value}" for name, value in chosen.items())
    return sdk.dashboard.DashboardLink(title).url(f"/d/{uid}/{uid}?${{__url_time_range}}{variables}")

"""Data sources as Grafana has them: where queries go, and with whose login."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.datasource import DataSource
from components.endpoints import GuardedEndpoint
from components.grafana_sources import datasources
from operations.drift.documents import differing, lines
from operations.drift.grafana import grafana
from operations.drift.stack import DriftingStack
from runtimes.drift import Compared, Difference

NAME = "data sources"


def compare(stack: DriftingStack) -> Compared:
    """Each data source of the program, and any other."""
    live, api = stack.live, grafana(stack.live)
    up = live.declared.up()
    wanted = {source.ref.uid: _wanted(source) for source in datasources(live.declared.settings, live.stores)}
    there = set(api.sources())
    differences = [Difference("data source", uid, "missing", up) for uid in sorted(wanted.keys() - there)]
    for uid in sorted(there):
        if uid not in wanted:
            differences.append(Difference("data source", uid, "extra", "remove it, or add it to the program"))
        elif told := lines(differing(wanted[uid], _found(api.source(uid)))):
            differences.append(Difference("data source", uid, "changed", up, told))
    return Compared(len(wanted), tuple(differences))


def _wanted(source: DataSource) -> dict[str, Any]:
    login = source.endpoint.login if isinstance(source.endpoint, GuardedEndpoint) else None
    return {
        "name": source.name,
        "type": source.ref.type,
        "url": source.endpoint.url,
        "access": "proxy",
        "default": source.default,
        "user": login.username if login else "",
        "secrets": ["basicAuthPassword"] if login else [],
        "options": dict(source.options),
    }


def _found(source: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": source["name"],
        "type": source["type"],
        "url": source["url"],
        "access": source["access"],
        "default": source["isDefault"],
        "user": source.get("basicAuthUser", "") if source["basicAuth"] else "",
        "secrets": sorted(key for key, is_set in (source.get("secureJsonFields") or {}).items() if is_set),
        "options": source.get("jsonData") or {},
    }

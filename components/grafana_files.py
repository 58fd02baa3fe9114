"""Grafana's content as the files that it provisions itself from, where no provider can run."""

from __future__ import annotations

import json
from collections.abc import Iterator

from catalog.plan import MonitoringPlan
from components.datasource import DataSource
from components.grafana_alerting.files import log_alert_files
from components.grafana_folders import folders
from components.grafana_signin import from_file
from components.grafana_sources import datasources
from components.shared import to_yaml, with_dollars_doubled
from components.stores import stores_of
from workloads.place import Place

PROVISIONING = "/etc/grafana/provisioning"


def grafana_files(plan: MonitoringPlan, place: Place) -> dict[str, str]:
    """Data sources, folders, dashboards and alerts on logs, by path.

    Teams and permissions of folders cannot be written in files.
    """
    stores = stores_of(plan.settings)
    found = folders(plan, stores)
    sources = [_provisioned(source) for source in datasources(plan.settings, stores)]
    providers = [
        {
            "name": folder.uid,
            "folder": folder.title,
            "folderUid": folder.uid,
            "type": "file",
            "allowUiUpdates": False,
            "options": {"path": f"{PROVISIONING}/dashboards/{folder.uid}"},
        }
        for folder in found
    ]
    return {
        "datasources/datasources.yaml": to_yaml({"apiVersion": 1, "datasources": sources}),
        "dashboards/dashboards.yaml": to_yaml({"apiVersion": 1, "providers": providers}),
        **{
            f"dashboards/{folder.uid}/{uid}.json": json.dumps(dashboard, indent=2, sort_keys=True) + "\n"
            for folder in found
            for uid, dashboard in folder.dashboards.items()
        },
        **log_alert_files(plan, place),
    }


def _provisioned(source: DataSource) -> dict[str, object]:
    return {
        "name": source.name,
        "uid": source.ref.uid,
        "type": source.ref.type,
        "access": "proxy",
        "url": source.url,
        "isDefault": source.default,
        "editable": False,
        # Not so in dashboards, which are read as they are.
        "jsonData": with_dollars_doubled(dict(source.options)),
        **dict(_login(source)),
    }


def _login(source: DataSource) -> Iterator[tuple[str, object]]:
    if source.login:
        yield "basicAuth", True
        yield "basicAuthUser", source.login.username
        yield "secureJsonData", {"basicAuthPassword": from_file(source.login.secret)}

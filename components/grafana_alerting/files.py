"""Alerts on logs as the files that Grafana provisions itself from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from catalog.plan import MonitoringPlan
from components.datasource import DataSource
from components.grafana_alerting.groups import folder_title
from components.grafana_alerting.logged import CONTACT_POINT, TOLD, log_rule_groups, routers
from components.grafana_folders import FOLDER_TITLE
from components.grafana_signin import from_file
from components.shared import to_yaml
from workloads.place import Place

# Grafana makes the folders of alerts before those of dashboards, by their titles alone: one of the same title would be
# there twice.
_FOLDER = f"{FOLDER_TITLE}: alerts on logs"
# The provider's names of a rule's fields, and those of files.
_FIELDS = {
    "uid": "uid",
    "name": "title",
    "condition": "condition",
    "for_": "for",
    "keep_firing_for": "keepFiringFor",
    "missing_series_evals_to_resolve": "missing_series_evals_to_resolve",
    "no_data_state": "noDataState",
    "exec_err_state": "execErrState",
    "labels": "labels",
    # As they are: Grafana leaves the variables of templates alone.
    "annotations": "annotations",
}


def log_alert_files(plan: MonitoringPlan, place: Place) -> dict[str, str]:
    """The rules and whom they tell, by path."""
    groups = [
        {
            "orgId": 1,
            "name": group.name,
            "folder": _FOLDER if group.copy == 1 else folder_title(group.copy),
            "interval": f"{group.interval}s",
            "rules": [_rule(rule) for rule in group.rules],
        }
        for group in log_rule_groups(plan, place)
    ]
    told = [_receiver(router) for router in routers(plan)]
    points = [{"orgId": 1, "name": CONTACT_POINT, "receivers": told}]
    return {
        "alerting/contact-points.yaml": to_yaml({"apiVersion": 1, "contactPoints": points}),
        "alerting/rules.yaml": to_yaml({"apiVersion": 1, "groups": groups}),
    }


def _rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    receiver, by = TOLD["contact_point"], TOLD["group_bies"]
    times = {key: value for key, value in TOLD.items() if key not in ("contact_point", "group_bies")}
    return {
        **{file: rule[provider] for provider, file in _FIELDS.items()},
        "data": [_data(node) for node in rule["datas"]],
        "notification_settings": {"receiver": receiver, "group_by": [*by], **times},
    }


def _data(node: Mapping[str, Any]) -> dict[str, Any]:
    span = node["relative_time_range"]
    return {
        "refId": node["ref_id"],
        "datasourceUid": node["datasource_uid"],
        "relativeTimeRange": {"from": span["from_"], "to": span["to"]},
        "model": json.loads(node["model"]),
    }


def _receiver(router: DataSource) -> dict[str, Any]:
    settings = {"url": router.url}
    if router.login:
        settings |= {"basicAuthUser": router.login.username, "basicAuthPassword": from_file(router.login.secret)}
    return {"uid": router.ref.uid, "type": "prometheus-alertmanager", "settings": settings}

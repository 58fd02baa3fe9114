"""Grafana: the program. What it shows comes from `grafana_content` or, where no provider can run, from files."""

from __future__ import annotations

import json
from collections.abc import Iterable

from catalog.plan import MonitoringPlan
from components.base import Component
from components.endpoints import ALERTMANAGER, GRAFANA, PROMETHEUS
from components.shared import to_yaml
from dashboards import all_dashboards
from dashboards.datasources import FOLDER_TITLE, DataSource, datasources
from settings.secrets import SecretFile, secret_path
from workloads.place import Place
from workloads.workload import ConfigDirectory, HttpProbe, Limits, Metrics, Volume, Workload

_UPSTREAM_USER = 472
_PROVISIONING = "/etc/grafana/provisioning"


class Grafana(Component):
    """The dashboards' home."""

    type_token = "monitoring:components:Grafana"


def grafana_workload(plan: MonitoringPlan, place: Place, present: frozenset[str]) -> Workload:
    """Grafana with its admin's password from a file, no anonymous access, no calls home."""
    from_files = plan.settings.grafana.content == "files"
    return Workload(
        name=GRAFANA.component,
        image="grafana",
        user=_UPSTREAM_USER,
        env={
            "GF_SECURITY_ADMIN_USER": GRAFANA.login.username,
            "GF_SECURITY_ADMIN_PASSWORD__FILE": secret_path(GRAFANA.login.secret),
            "GF_SERVER_ROOT_URL": place.urls[GRAFANA.component],
            "GF_AUTH_ANONYMOUS_ENABLED": "false",
            "GF_USERS_ALLOW_SIGN_UP": "false",
            "GF_ANALYTICS_REPORTING_ENABLED": "false",
            "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
            "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES": "false",
            "GF_PLUGINS_PREINSTALL_DISABLED": "true",
            "GF_LOG_CONSOLE_FORMAT": "json",
            "GF_PATHS_PROVISIONING": _PROVISIONING,
        },
        config=ConfigDirectory(_PROVISIONING, grafana_files(present)) if from_files else None,
        secrets={
            login.secret: SecretFile.of(login.secret) for login in (GRAFANA.login, PROMETHEUS.login, ALERTMANAGER.login)
        },
        ports=(GRAFANA.listener,),
        volumes=(Volume("grafana-data", "/var/lib/grafana", "2Gi"),),
        tmpfs=("/tmp",),
        probe=HttpProbe(GRAFANA.port, "/api/health"),
        limits=Limits(cpus=1, memory_mebibytes=512),
        metrics={"grafana": Metrics(GRAFANA.port)},
        after=tuple(sorted({"prometheus", "loki", "tempo"} & present)),
        clients=("prometheus",),
        # The first start migrates its database.
        start_seconds=120,
    )


def grafana_files(present: frozenset[str]) -> dict[str, str]:
    """Data sources and dashboards as Grafana's file provisioning reads them."""
    files = {
        "datasources/datasources.yaml": to_yaml(
            {"apiVersion": 1, "datasources": [_provisioned(source) for source in _usable(present)]}
        ),
        "dashboards/dashboards.yaml": to_yaml(
            {
                "apiVersion": 1,
                "providers": [
                    {
                        "name": "monitoring",
                        "folder": FOLDER_TITLE,
                        "type": "file",
                        "allowUiUpdates": False,
                        "options": {"path": f"{_PROVISIONING}/dashboards"},
                    }
                ],
            }
        ),
    }
    for uid, dashboard in all_dashboards().items():
        files[f"dashboards/{uid}.json"] = json.dumps(dashboard, indent=2, sort_keys=True) + "\n"
    return files


def _usable(present: frozenset[str]) -> Iterable[DataSource]:
    return (source for source in datasources() if source.component in present)


def _provisioned(source: DataSource) -> dict[str, object]:
    provisioned: dict[str, object] = {
        "name": source.name,
        "uid": source.uid,
        "type": source.type,
        "access": "proxy",
        "url": source.url,
        "isDefault": source.default,
        "editable": False,
        "jsonData": dict(source.options),
    }
    if source.login:
        provisioned |= {
            "basicAuth": True,
            "basicAuthUser": source.login.username,
            "secureJsonData": {"basicAuthPassword": f"$__file{{{secret_path(source.login.secret)}}}"},
        }
    return provisioned

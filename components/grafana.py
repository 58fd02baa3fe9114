"""Grafana: the program. What it shows comes from `grafana_content` or, where no provider can run, from files."""

from __future__ import annotations

import json
from typing import Any

from alerting.receivers.email import EmailSettings, grafana_mail_server
from catalog.plan import MonitoringPlan
from components.alertmanager import alertmanager_sources
from components.base import Component
from components.datasource import DataSource
from components.endpoints import GRAFANA, PROMETHEUS, GuardedEndpoint
from components.prometheus import prometheus_sources
from components.replicas import alertmanagers
from components.shared import to_yaml
from components.stores import stores_of
from components.stores.store import Stores
from dashboards import dashboards_of
from dashboards.signals import METRICS_SOURCE
from settings.model import StackSettings
from settings.secrets import SecretFile, secret_path
from workloads.place import Place
from workloads.workload import ConfigDirectory, HttpProbe, Limits, Metrics, Volume, Workload

FOLDER_TITLE = "Monitoring"
FOLDER_UID = "monitoring"
_UPSTREAM_USER = 472
_PROVISIONING = "/etc/grafana/provisioning"
# Grafana would fetch these whenever it may fetch any plugin.
_UNWANTED = (
    "grafana-exploretraces-app",
    "grafana-lokiexplore-app",
    "grafana-metricsdrilldown-app",
    "grafana-pyroscope-app",
)


class Grafana(Component):
    """The dashboards' home."""

    type_token = "monitoring:components:Grafana"


def datasources(settings: StackSettings, stores: Stores) -> tuple[DataSource, ...]:
    """All data sources, with the links between metrics, logs and traces; Alertmanager's where there is one."""
    return (
        *prometheus_sources(settings, stores.traces.source),
        stores.logs.data_source(stores.traces.source),
        stores.traces.data_source(stores.logs),
        *alertmanager_sources(settings),
    )


def grafana_workload(plan: MonitoringPlan, place: Place) -> Workload:
    """Grafana with its admin's password from a file, no anonymous access, no calls home."""
    stores = stores_of(plan.settings)
    sources = datasources(plan.settings, stores)
    endpoints = [source.endpoint for source in sources]
    logins = [GRAFANA.login, *(endpoint.login for endpoint in endpoints if isinstance(endpoint, GuardedEndpoint))]
    # Prometheus comes after them.
    routers = {router.workload for router in alertmanagers(plan.settings)}
    from_files = plan.settings.grafana.content == "files"
    mail = _mail_server(plan.settings)
    return Workload(
        name=GRAFANA.workload,
        image="grafana",
        user=_UPSTREAM_USER,
        env={
            "GF_SECURITY_ADMIN_USER": GRAFANA.login.username,
            "GF_SECURITY_ADMIN_PASSWORD__FILE": secret_path(GRAFANA.login.secret),
            "GF_SERVER_ROOT_URL": place.urls[GRAFANA.workload],
            "GF_AUTH_ANONYMOUS_ENABLED": "false",
            "GF_USERS_ALLOW_SIGN_UP": "false",
            "GF_ANALYTICS_REPORTING_ENABLED": "false",
            "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
            "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES": "false",
            **_plugins(sources),
            "GF_LOG_CONSOLE_FORMAT": "json",
            "GF_PATHS_PROVISIONING": _PROVISIONING,
            **(_state_history() if plan.settings.grafana.manages_alerts else {}),
            **(grafana_mail_server(mail) if mail else {}),
        },
        config=ConfigDirectory(_PROVISIONING, grafana_files(plan, stores)) if from_files else None,
        secrets={
            name: SecretFile.of(name)
            for name in (*(login.secret for login in logins), *(mail.secrets().values() if mail else ()))
        },
        first_start_secrets={GRAFANA.login.secret: "Grafana's database"},
        ports=(GRAFANA.listener,),
        volumes=(Volume("grafana-data", "/var/lib/grafana", "2Gi"),),
        tmpfs=("/tmp",),
        probe=HttpProbe(GRAFANA.port, "/api/health"),
        limits=Limits(cpus=1, memory_mebibytes=512),
        metrics={GRAFANA.workload: Metrics(GRAFANA.port)},
        after=tuple(sorted({endpoint.workload for endpoint in endpoints} - routers)),
        clients=(PROMETHEUS.workload,),
        # The first start migrates its database.
        start_seconds=120,
    )


def _plugins(sources: tuple[DataSource, ...]) -> dict[str, str]:
    """Fetches the plugins that data sources need, and none besides; one that the image has already is not fetched."""
    wanted = [source.plugin for source in sources if source.plugin]
    if not wanted:
        return {"GF_PLUGINS_PREINSTALL_DISABLED": "true"}
    return {
        # Before anything else: a data source of an unknown type could not be made.
        "GF_PLUGINS_PREINSTALL_SYNC": ",".join(wanted),
        "GF_PLUGINS_PREINSTALL_AUTO_UPDATE": "false",
        "GF_PLUGINS_DISABLE_PLUGINS": ",".join(_UNWANTED),
    }


def _mail_server(settings: StackSettings) -> EmailSettings | None:
    """A receiver that says which mail server Grafana sends by, where Grafana tells receivers; all name the same."""
    if not settings.grafana.manages_alerts:
        return None
    receivers = (receiver.settings for receiver in settings.receivers.values())
    return next((found for found in receivers if isinstance(found, EmailSettings)), None)


def _state_history() -> dict[str, str]:
    """Grafana writes the states of its alerts as the series that Prometheus would have, which dashboards read."""
    prefix = "GF_UNIFIED_ALERTING_STATE_HISTORY"
    return {
        f"{prefix}_ENABLED": "true",
        f"{prefix}_BACKEND": "prometheus",
        f"{prefix}_PROMETHEUS_TARGET_DATASOURCE_UID": METRICS_SOURCE.uid,
        f"{prefix}_PROMETHEUS_METRIC_NAME": "ALERTS",
    }


def grafana_files(plan: MonitoringPlan, stores: Stores) -> dict[str, str]:
    """Data sources and the plan's dashboards as Grafana's file provisioning reads them."""
    files = {
        "datasources/datasources.yaml": to_yaml(
            {"apiVersion": 1, "datasources": [_provisioned(source) for source in datasources(plan.settings, stores)]}
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
    for uid, dashboard in dashboards_of(plan, stores).items():
        files[f"dashboards/{uid}.json"] = json.dumps(dashboard, indent=2, sort_keys=True) + "\n"
    return files


def _provisioned(source: DataSource) -> dict[str, object]:
    provisioned: dict[str, object] = {
        "name": source.name,
        "uid": source.ref.uid,
        "type": source.ref.type,
        "access": "proxy",
        "url": source.endpoint.url,
        "isDefault": source.default,
        "editable": False,
        "jsonData": _escaped(dict(source.options)),
    }
    if isinstance(source.endpoint, GuardedEndpoint):
        login = source.endpoint.login
        provisioned |= {
            "basicAuth": True,
            "basicAuthUser": login.username,
            "secureJsonData": {"basicAuthPassword": f"$__file{{{secret_path(login.secret)}}}"},
        }
    return provisioned


def _escaped(value: Any) -> Any:
    """Grafana puts variables of its environment into these files, and reads `$$` as a dollar."""
    if isinstance(value, str):
        return value.replace("$", "$$")
    if isinstance(value, dict):
        return {key: _escaped(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_escaped(item) for item in value]
    return value

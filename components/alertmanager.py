"""Alertmanager: the one routing tree."""

from __future__ import annotations

from typing import Any

from alerting.inhibition import inhibit_rules
from catalog.plan import MonitoringPlan
from components.base import Component
from components.collector_gateway import ALERTS_PATH
from components.datasource import DataSource
from components.endpoints import ALERTMANAGER, GATEWAY_ALERTS, GATEWAY_OTLP_GRPC, GRAFANA, PROMETHEUS
from components.shared import to_yaml
from dashboards.signals import SourceRef
from settings.secrets import SecretFile, basic_auth_users, secret_path
from workloads.place import Place
from workloads.workload import ConfigDirectory, HttpProbe, Limits, Metrics, Volume, Workload

HEARTBEAT = "Heartbeat"
ALERTMANAGER_SOURCE = DataSource(
    SourceRef("alertmanager", "alertmanager"), "Alertmanager", ALERTMANAGER, options={"implementation": "prometheus"}
)
_UPSTREAM_USER = 65534


class Alertmanager(Component):
    """Groups, inhibits and routes alerts."""

    type_token = "monitoring:components:Alertmanager"


def alertmanager_workload(plan: MonitoringPlan, place: Place) -> Workload:
    """One Alertmanager. Every notification also goes to the history of alerts."""
    login = ALERTMANAGER.login
    return Workload(
        name=ALERTMANAGER.workload,
        image="alertmanager",
        user=_UPSTREAM_USER,
        args=(
            "--config.file=/etc/alertmanager/alertmanager.yml",
            f"--web.config.file={secret_path('web.yml')}",
            "--storage.path=/alertmanager",
            f"--web.external-url={place.urls[ALERTMANAGER.workload]}",
            # A single replica has nobody to gossip with; without this it looks for an address to advertise.
            "--cluster.listen-address=",
        ),
        config=ConfigDirectory(
            "/etc/alertmanager", {"alertmanager.yml": to_yaml(_configuration(plan))}, reload="signal"
        ),
        secrets={
            "web.yml": basic_auth_users(login.username, login.secret),
            login.secret: SecretFile.of(login.secret),
        },
        ports=(ALERTMANAGER.listener,),
        volumes=(Volume("alertmanager-data", "/alertmanager", "1Gi"),),
        probe=HttpProbe(ALERTMANAGER.port, "/-/ready", login.username, login.secret),
        limits=Limits(cpus=0.5, memory_mebibytes=256),
        metrics={ALERTMANAGER.workload: Metrics(ALERTMANAGER.port, basic_auth=login)},
        after=(GATEWAY_OTLP_GRPC.workload,),
        clients=(PROMETHEUS.workload, GRAFANA.workload),
    )


def _configuration(plan: MonitoringPlan) -> dict[str, Any]:
    return {
        "route": {
            "receiver": "history",
            "group_by": ["alertname", "environment", "service"],
            "group_wait": "30s",
            "group_interval": "5m",
            "repeat_interval": "12h",
            "routes": [
                {
                    # The dead man's switch must arrive often: whoever listens pages when it stops.
                    "receiver": "heartbeat",
                    "matchers": [f'alertname="{HEARTBEAT}"'],
                    "group_wait": "0s",
                    "group_interval": "1m",
                    # Less than the interval, or every second round comes just too early to repeat.
                    "repeat_interval": "50s",
                },
                {"receiver": "history", "matchers": ['severity="critical"'], "repeat_interval": "4h"},
            ],
        },
        "inhibit_rules": inhibit_rules(plan),
        "receivers": [
            {
                "name": name,
                "webhook_configs": [{"url": f"{GATEWAY_ALERTS.url}{ALERTS_PATH}", "send_resolved": True}],
            }
            for name in ("history", "heartbeat")
        ],
    }

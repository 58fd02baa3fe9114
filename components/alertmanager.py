"""Alertmanager: the one routing tree."""

from __future__ import annotations

from typing import Any

from catalog.plan import MonitoringPlan
from components.base import Component
from components.collector_gateway import ALERTS_PATH, ALERTS_PORT
from components.shared import ADMIN, ALERTMANAGER_LOGIN, to_yaml
from runtimes.workload import ConfigDirectory, HttpProbe, Limits, Metrics, Port, Volume, Workload
from settings.secrets import SecretFile, basic_auth_users

PORT = 9093
HEARTBEAT = "Heartbeat"
_UPSTREAM_USER = 65534
_SEVERITIES = ("critical", "high", "warning", "info")


class Alertmanager(Component):
    """Groups, inhibits and routes alerts."""

    type_token = "monitoring:components:Alertmanager"


def alertmanager_workload(plan: MonitoringPlan) -> Workload:
    """One Alertmanager. Every notification also goes to the alert history in Loki."""
    return Workload(
        name="alertmanager",
        image="alertmanager",
        user=_UPSTREAM_USER,
        args=(
            "--config.file=/etc/alertmanager/alertmanager.yml",
            "--web.config.file=/run/secrets/web.yml",
            "--storage.path=/alertmanager",
            f"--web.external-url=http://127.0.0.1:{plan.settings.docker.ports.alertmanager}",
            # A single replica has nobody to gossip with; without this it looks for an address to advertise.
            "--cluster.listen-address=",
        ),
        config=ConfigDirectory("/etc/alertmanager", {"alertmanager.yml": to_yaml(_configuration())}, reload="signal"),
        secrets={
            "web.yml": basic_auth_users(ADMIN, ALERTMANAGER_LOGIN.secret),
            ALERTMANAGER_LOGIN.secret: SecretFile.of(ALERTMANAGER_LOGIN.secret),
        },
        ports=(Port("http", PORT, plan.settings.docker.ports.alertmanager),),
        volumes=(Volume("alertmanager-data", "/alertmanager", "1Gi"),),
        probe=HttpProbe(PORT, "/-/ready", ADMIN, ALERTMANAGER_LOGIN.secret),
        limits=Limits(cpus=0.5, memory_mebibytes=256),
        metrics={"alertmanager": Metrics(PORT, basic_auth=ALERTMANAGER_LOGIN)},
        after=("collector-gateway",),
        clients=("prometheus", "grafana"),
    )


def _configuration() -> dict[str, Any]:
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
        "inhibit_rules": [
            {
                "source_matchers": [f'severity="{stronger}"'],
                "target_matchers": [f'severity=~"{"|".join(_SEVERITIES[rank + 1 :])}"'],
                "equal": ["alertname", "environment", "service"],
            }
            for rank, stronger in enumerate(_SEVERITIES[:-1])
        ],
        "receivers": [
            {
                "name": name,
                "webhook_configs": [
                    {"url": f"http://collector-gateway:{ALERTS_PORT}{ALERTS_PATH}", "send_resolved": True}
                ],
            }
            for name in ("history", "heartbeat")
        ],
    }

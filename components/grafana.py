"""Grafana: the program. What it shows comes from `grafana_content` or, where no provider can run, `grafana_files`."""

from __future__ import annotations

from alerting.receivers.email import EmailSettings, grafana_mail_server
from catalog.plan import MonitoringPlan
from components.base import Component
from components.datasource import DataSource
from components.endpoints import GRAFANA, PROMETHEUS
from components.grafana_files import PROVISIONING, grafana_files
from components.grafana_signin import from_file, sign_in
from components.grafana_sources import datasources
from components.replicas import alertmanagers
from components.stores import stores_of
from dashboards.signals import METRICS_SOURCE
from settings.model import StackSettings
from settings.secrets import SecretFile
from workloads.place import Place
from workloads.program import Program
from workloads.workload import ConfigDirectory, HttpProbe, Limits, Metrics, Volume, Workload

_UPSTREAM_USER = 472
# Grafana would fetch these whenever it may fetch any plugin.
_UNWANTED = (
    "grafana-exploretraces-app",
    "grafana-lokiexplore-app",
    "grafana-metricsdrilldown-app",
    "grafana-pyroscope-app",
)


def provider_url(program: Program) -> str | None:
    """Where a Grafana provider writes what Grafana shows; None where the stack has no Grafana, or one of files."""
    grafana = program.settings.grafana
    if not grafana.is_own:
        return grafana.url
    return program.urls.get(GRAFANA.workload) if grafana.content == "provider" else None


class Grafana(Component):
    """The dashboards' home."""

    type_token = "monitoring:components:Grafana"


def grafana_workload(plan: MonitoringPlan, place: Place) -> Workload:
    """Grafana with its admin's password from a file, no anonymous access, no calls home."""
    sources = datasources(plan.settings, stores_of(plan.settings))
    logins = [GRAFANA.login, *(source.login for source in sources if source.login)]
    # Prometheus comes after them.
    routers = {router.workload for router in alertmanagers(plan.settings)}
    grafana = plan.settings.grafana
    from_files = grafana.content == "files"
    mail = _mail_server(plan.settings)
    others = (*(mail.secrets().values() if mail else ()), *grafana.secrets().values())
    return Workload(
        name=GRAFANA.workload,
        image="grafana",
        user=_UPSTREAM_USER,
        env={
            "GF_SECURITY_ADMIN_USER": GRAFANA.login.username,
            "GF_SECURITY_ADMIN_PASSWORD": from_file(GRAFANA.login.secret),
            "GF_SERVER_ROOT_URL": place.urls[GRAFANA.workload],
            **sign_in(grafana),
            "GF_ANALYTICS_REPORTING_ENABLED": "false",
            "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
            "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES": "false",
            **_plugins(sources),
            "GF_LOG_CONSOLE_FORMAT": "json",
            "GF_PATHS_PROVISIONING": PROVISIONING,
            **_state_history(),
            **(grafana_mail_server(mail) if mail else {}),
        },
        config=ConfigDirectory(PROVISIONING, grafana_files(plan, place)) if from_files else None,
        secrets={name: SecretFile.of(name) for name in (*(login.secret for login in logins), *others)},
        first_start_secrets={GRAFANA.login.secret: "Grafana's database"},
        ports=(GRAFANA.listener,),
        volumes=(Volume("grafana-data", "/var/lib/grafana", "2Gi"),),
        tmpfs=("/tmp",),
        probe=HttpProbe(GRAFANA.port, "/api/health"),
        limits=Limits(cpus=1, memory_mebibytes=512),
        metrics={GRAFANA.workload: Metrics(GRAFANA.port)},
        after=tuple(sorted({source.endpoint.workload for source in sources} - routers)),
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

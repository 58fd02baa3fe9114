"""Alertmanager: the one routing tree."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from alerting.contacts import contact_secrets, contacts
from alerting.inhibition import inhibit_rules
from alerting.messages import message_templates
from alerting.receivers.receiver import Block
from alerting.route import Route
from alerting.routing import routing
from alerting.times import Span, TimeInterval
from catalog.plan import MonitoringPlan
from components.base import Component
from components.collector_gateway import ALERTS_PATH
from components.datasource import DataSource
from components.endpoints import ALERTMANAGER, GATEWAY_ALERTS, GATEWAY_OTLP_GRPC, GRAFANA, PROMETHEUS
from components.shared import to_yaml
from dashboards.signals import SourceRef
from settings.receiver import NOBODY_RECEIVER
from settings.secrets import SecretFile, basic_auth_users, secret_path
from workloads.place import Place
from workloads.workload import ConfigDirectory, HttpProbe, Limits, Metrics, Volume, Workload

ALERTMANAGER_SOURCE = DataSource(
    SourceRef("alertmanager", "alertmanager"), "Alertmanager", ALERTMANAGER, options={"implementation": "prometheus"}
)
_CONFIG = "/etc/alertmanager"
_UPSTREAM_USER = 65534


class Alertmanager(Component):
    """Groups, inhibits and routes alerts."""

    type_token = "monitoring:components:Alertmanager"


def alertmanager_workload(plan: MonitoringPlan, place: Place) -> Workload:
    """One Alertmanager. Every notification also goes to the history of alerts.

    Args:
        plan: who is told what.
        place: where people reach it.
    """
    login = ALERTMANAGER.login
    return Workload(
        name=ALERTMANAGER.workload,
        image="alertmanager",
        user=_UPSTREAM_USER,
        args=(
            f"--config.file={_CONFIG}/alertmanager.yml",
            f"--web.config.file={secret_path('web.yml')}",
            "--storage.path=/alertmanager",
            f"--web.external-url={place.urls[ALERTMANAGER.workload]}",
            # A single replica has nobody to gossip with; without this it looks for an address to advertise.
            "--cluster.listen-address=",
            # Or its metrics would not tell two receivers of one kind apart.
            "--enable-feature=receiver-name-in-metrics",
        ),
        config=ConfigDirectory(
            _CONFIG,
            {
                "alertmanager.yml": to_yaml(_configuration(plan)),
                **{
                    f"messages/{file}": text
                    for file, text in message_templates(plan.settings.alerting.timezone).items()
                },
            },
            reload="signal",
        ),
        secrets={
            "web.yml": basic_auth_users(login.username, login.secret),
            login.secret: SecretFile.of(login.secret),
            **{secret: SecretFile.of(secret) for secret in sorted(contact_secrets(plan.settings))},
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
    tree = routing(plan)
    return {
        "templates": [f"{_CONFIG}/messages/*.tmpl"],
        "route": _route(tree.root),
        "inhibit_rules": inhibit_rules(plan),
        "receivers": [_receiver(name, block) for name, block in contacts(plan.settings).items()],
        "time_intervals": [_interval(interval) for interval in tree.times],
    }


def _route(route: Route, above: Mapping[str, Any] = MappingProxyType({})) -> dict[str, Any]:
    """A node as Alertmanager reads it, without what it inherits.

    Args:
        route: the node.
        above: what a node inherits, as the one above has it.
    """
    inherited = {
        "receiver": route.receiver,
        "group_by": [*route.by],
        "group_wait": route.timing.wait,
        "group_interval": route.timing.interval,
        "repeat_interval": route.timing.repeat,
    }
    own = {
        "matchers": [str(matcher) for matcher in route.matchers],
        "active_time_intervals": [*route.active],
        "mute_time_intervals": [*route.muted],
        "continue": route.goes_on,
        "routes": [_route(below, inherited) for below in route.routes],
    }
    changed = {key: value for key, value in inherited.items() if above.get(key) != value}
    # The receiver is always written: it is what people look for.
    return {"receiver": route.receiver, **changed, **{key: value for key, value in own.items() if value}}


def _interval(interval: TimeInterval) -> dict[str, Any]:
    return {"name": interval.name, "time_intervals": [_span(span) for span in interval.spans]}


def _span(span: Span) -> dict[str, Any]:
    whole = (span.start, span.end) == ("00:00", "24:00")
    optional = {
        "times": [] if whole else [{"start_time": span.start, "end_time": span.end}],
        "weekdays": [*span.weekdays],
        "days_of_month": [*span.days],
        "months": [*span.months],
        "years": [*span.years],
    }
    return {**{key: value for key, value in optional.items() if value}, "location": span.zone}


def _receiver(name: str, block: Block) -> dict[str, Any]:
    """A receiver with its integrations; what it is told is recorded too, under its name."""
    if name == NOBODY_RECEIVER:
        return {"name": name}
    record = {"url": f"{GATEWAY_ALERTS.url}{ALERTS_PATH}", "send_resolved": True}
    return {"name": name, **block, "webhook_configs": [*block.get("webhook_configs", ()), record]}

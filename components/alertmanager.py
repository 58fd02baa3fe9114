"""Alertmanager: the one routing tree, and replicas that tell each other what was sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from alerting.contacts import contact_secrets, contacts
from alerting.inhibition import inhibit_rules
from alerting.messages import message_templates
from alerting.receivers.receiver import Block
from alerting.relations import Relations
from alerting.route import Route
from alerting.routing import routing
from alerting.times import Span, TimeInterval
from catalog.plan import MonitoringPlan
from components.base import Component
from components.collector_gateway import ALERTS_PATH
from components.datasource import DataSource
from components.endpoints import (
    ALERTMANAGER,
    GATEWAY_ALERTS,
    GATEWAY_OTLP_GRPC,
    GRAFANA,
    PROMETHEUS,
    Endpoint,
    GuardedEndpoint,
)
from components.replicas import PEER_SECONDS, alertmanagers, before, title
from components.shared import to_yaml
from dashboards.signals import SourceRef
from settings.model import StackSettings
from settings.receiver import NOBODY_RECEIVER
from settings.secrets import SecretFile, basic_auth_users, secret_path
from workloads.place import Place
from workloads.workload import ConfigDirectory, HttpProbe, Limits, Metrics, Port, Volume, Workload

_CONFIG = "/etc/alertmanager"
_UPSTREAM_USER = 65534


class Alertmanager(Component):
    """Groups, inhibits and routes alerts."""

    type_token = "monitoring:components:Alertmanager"


def alertmanager_workloads(plan: MonitoringPlan, place: Place) -> tuple[Workload, ...]:
    """Every Alertmanager of the stack."""
    return tuple(alertmanager_workload(plan, place, own) for own in alertmanagers(plan.settings))


def alertmanager_workload(plan: MonitoringPlan, place: Place, own: GuardedEndpoint = ALERTMANAGER) -> Workload:
    """One Alertmanager. Every notification also goes to the history of alerts.

    Args:
        plan: who is told what.
        place: where people reach it.
        own: which of the replicas it is.
    """
    login = ALERTMANAGER.login
    replicas = alertmanagers(plan.settings)
    others = [replica for replica in replicas if replica != own]
    return Workload(
        name=own.workload,
        replica_of="" if own == ALERTMANAGER else ALERTMANAGER.workload,
        image="alertmanager",
        user=_UPSTREAM_USER,
        args=(
            f"--config.file={_CONFIG}/alertmanager.yml",
            f"--web.config.file={secret_path('web.yml')}",
            "--storage.path=/alertmanager",
            f"--web.external-url={place.urls[ALERTMANAGER.workload]}",
            *_cluster_arguments(own, others),
            # Or its metrics would not tell two receivers of one kind apart.
            "--enable-feature=receiver-name-in-metrics",
        ),
        config=ConfigDirectory(
            _CONFIG,
            {
                "alertmanager.yml": to_yaml(_configuration(plan)),
                **{
                    f"messages/{file}": text
                    for file, text in message_templates(
                        plan.settings.alerting.timezone, Relations(plan).needed_by
                    ).items()
                },
            },
            reload="signal",
        ),
        secrets={
            "web.yml": basic_auth_users(login.username, login.secret),
            login.secret: SecretFile.of(login.secret),
            **{secret: SecretFile.of(secret) for secret in sorted(contact_secrets(plan.settings))},
        },
        ports=(own.listener, *(_gossip_ports(own) if others else ())),
        volumes=(Volume(f"{own.workload}-data", "/alertmanager", "1Gi"),),
        probe=HttpProbe(ALERTMANAGER.port, "/-/ready", login.username, login.secret),
        limits=Limits(cpus=0.5, memory_mebibytes=256),
        metrics={ALERTMANAGER.workload: Metrics(ALERTMANAGER.port, basic_auth=login)},
        after=(GATEWAY_OTLP_GRPC.workload, *before(own, replicas)),
        clients=(PROMETHEUS.workload, GRAFANA.workload),
    )


def alertmanager_sources(settings: StackSettings) -> tuple[DataSource, ...]:
    """A data source for each replica: when the first does not answer, another has the same alerts and silences."""
    return tuple(
        DataSource(
            SourceRef(replica.workload, "alertmanager"),
            title(replica),
            replica,
            options={"implementation": "prometheus"},
        )
        for replica in alertmanagers(settings)
    )


def _cluster_arguments(own: GuardedEndpoint, others: Iterable[GuardedEndpoint]) -> Iterator[str]:
    """Whom it tells what it has sent and what is silenced.

    Each waits for those before it, and sends what none of them has sent meanwhile.
    """
    peers = [f"--cluster.peer={_gossip(other).address}" for other in others]
    if not peers:
        # A single replica has nobody to gossip with; without this it looks for an address to advertise.
        yield "--cluster.listen-address="
        return
    yield f"--cluster.listen-address=0.0.0.0:{_gossip(own).port}"
    yield f"--cluster.peer-timeout={PEER_SECONDS}s"
    # A peer that comes back under another address is found by its name, every 15 s; by default the old address would
    # count as failed for six hours.
    yield "--cluster.reconnect-timeout=5m"
    yield from peers


def _gossip(replica: GuardedEndpoint) -> Endpoint:
    return Endpoint(replica.workload, 9094, "gossip", reach="replicas")


def _gossip_ports(own: GuardedEndpoint) -> tuple[Port, ...]:
    """Whole states go by TCP, news and signs of life by UDP."""
    port = _gossip(own).listener
    return port, replace(port, name=f"{port.name}-udp", protocol="udp")


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

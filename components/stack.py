"""The parts of a stack: which workloads a plan needs, in the order they depend on each other, and their components."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from graphlib import TopologicalSorter

from catalog.plan import MonitoringPlan
from components.alertmanager import Alertmanager, alertmanager_workloads
from components.base import Component
from components.collector_agent import CollectorAgent, agent_workload
from components.collector_gateway import CollectorGateway, gateway_workload
from components.demo import DEMO_ENDPOINTS, Demo, demo_workloads
from components.endpoints import (
    AGENT_METRICS,
    ALERTMANAGER,
    GATEWAY_OTLP_GRPC,
    GRAFANA,
    PROMETHEUS,
    RUNBOOKS,
    VIEWER,
)
from components.exporters import ExporterComponent, exporter_workloads
from components.grafana import Grafana, grafana_workload
from components.links import dashboards_at
from components.logs.engines import engine_workloads
from components.logs.names import NAMES, ContainerNames, names_workload
from components.prometheus import Prometheus, prometheus_workloads
from components.runbooks import Runbooks, runbooks_workload
from components.stores import all_stores, stores_of
from components.viewer import Viewer, viewer_workload
from settings.model import StackSettings
from workloads.place import Place
from workloads.workload import Workload

_COMPONENTS: dict[str, type[Component]] = {
    ALERTMANAGER.workload: Alertmanager,
    AGENT_METRICS.workload: CollectorAgent,
    GATEWAY_OTLP_GRPC.workload: CollectorGateway,
    NAMES: ContainerNames,
    GRAFANA.workload: Grafana,
    PROMETHEUS.workload: Prometheus,
    RUNBOOKS.workload: Runbooks,
    VIEWER.workload: Viewer,
}
WANTED_COMPONENTS = frozenset({GRAFANA.workload})
"""Components that a stack is better with, but runs without when their image cannot be had."""


def workloads_for(plan: MonitoringPlan, place: Place, images: Collection[str]) -> tuple[Workload, ...]:
    """Every workload of the stack, sorted so that each comes after what it waits for.

    Args:
        plan: what to monitor.
        place: where it will run.
        images: components whose image can be had from where the stack takes its images; one that is only wanted
            and has none is left out.
    """
    stores = stores_of(plan.settings)
    shown = _showing(plan.settings, images)
    workloads = [
        *stores.logs.workloads(plan),
        gateway_workload(plan),
        agent_workload(plan, place),
        *engine_workloads(place),
        *alertmanager_workloads(plan, place),
        *exporter_workloads(plan, place),
        *demo_workloads(plan),
        *stores.traces.workloads(plan),
        runbooks_workload(plan, place, dashboards_at(plan.settings, shown)),
    ]
    if place.log_format == "json-file":
        workloads.append(names_workload(place))
    if GRAFANA.workload in shown:
        workloads.append(grafana_workload(plan, place))
    if VIEWER.workload in shown:
        workloads.append(viewer_workload(plan))
    workloads += prometheus_workloads(plan, place, workloads)
    return _in_order(workloads)


def _showing(settings: StackSettings, images: Collection[str]) -> frozenset[str]:
    """What shows dashboards: Grafana where it can be had, and the viewer where it is wanted or there is no other."""
    grafana = frozenset({GRAFANA.workload} if settings.grafana.is_own else ()) & frozenset(images)
    wanted = settings.viewer.enabled
    if wanted is None:
        wanted = dashboards_at(settings, grafana) is None
    return grafana | {VIEWER.workload} if wanted else grafana


def component_class(workload: Workload) -> type[Component]:
    """What a workload is deployed as."""
    if workload.first_name in _COMPONENTS:
        return _COMPONENTS[workload.first_name]
    for store in all_stores().values():
        if workload.name in {endpoint.workload for endpoint in store.endpoints}:
            return store.component
    return Demo if workload.name in {endpoint.workload for endpoint in DEMO_ENDPOINTS} else ExporterComponent


def _in_order(workloads: Iterable[Workload]) -> tuple[Workload, ...]:
    by_name = {workload.name: workload for workload in workloads}
    order = TopologicalSorter({name: workload.after for name, workload in by_name.items()}).static_order()
    return tuple(by_name[name] for name in order)

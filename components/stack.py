"""The whole stack: which workloads a plan needs, and their components in the order they depend on each other."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from graphlib import TopologicalSorter

import pulumi

from catalog.plan import MonitoringPlan
from components.alertmanager import Alertmanager, alertmanager_workload
from components.base import Component, ComponentArgs
from components.collector_agent import CollectorAgent, agent_workload
from components.collector_gateway import CollectorGateway, gateway_workload
from components.demo import DEMO_ENDPOINTS, Demo, demo_workloads
from components.exporters import ExporterComponent, exporter_workloads
from components.grafana import Grafana, grafana_workload
from components.grafana_content import GrafanaContent
from components.prometheus import Prometheus, prometheus_workload
from components.secrets import Secrets
from components.stores import all_stores, stores_of
from workloads.place import Place
from workloads.program import Program
from workloads.runtime import Deployed, Runtime
from workloads.workload import Workload

_COMPONENTS: dict[str, type[Component]] = {
    "alertmanager": Alertmanager,
    "collector-agent": CollectorAgent,
    "collector-gateway": CollectorGateway,
    "grafana": Grafana,
    "prometheus": Prometheus,
}


def workloads_for(plan: MonitoringPlan, place: Place, images: Collection[str]) -> tuple[Workload, ...]:
    """Every workload of the stack, sorted so that each comes after what it waits for.

    Args:
        plan: what to monitor.
        place: where it will run.
        images: components whose image can be had from where the stack takes its images; one that is only wanted
            and has none is left out.
    """
    stores = stores_of(plan.settings)
    workloads = [
        *stores.logs.workloads(plan),
        gateway_workload(plan),
        agent_workload(plan),
        alertmanager_workload(place),
        *exporter_workloads(plan),
        *demo_workloads(plan),
        *stores.traces.workloads(plan),
    ]
    if "grafana" in images:
        workloads.append(grafana_workload(plan, place))
    workloads.append(prometheus_workload(plan, place, workloads))
    return _in_order(workloads)


def wanted_components(plan: MonitoringPlan) -> frozenset[str]:
    """Components that a stack is better with, but runs without when their image cannot be had."""
    return frozenset({"grafana"})


def needed_secrets(workloads: Iterable[Workload]) -> frozenset[str]:
    """Names of the secrets that the workloads' files hold."""
    return frozenset(
        reference.name
        for workload in workloads
        for file in workload.secrets.values()
        for reference in file.references()
    )


class MonitoringStack(pulumi.ComponentResource):
    """Everything a plan needs, on a runtime.

    Outputs are addresses only; passwords stay in the state as secrets.
    """

    def __init__(
        self,
        name: str,
        program: Program,
        runtime: Runtime,
        config: pulumi.Config,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Deploy every workload of the program."""
        plan, place, workloads = program.plan, program.place, program.workloads
        super().__init__("monitoring:components:MonitoringStack", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        secrets = Secrets(f"{name}-secrets", needed=needed_secrets(workloads), config=config, opts=child)
        runtime.prepare(workloads, parent=self)
        deployed: dict[str, Deployed] = {}
        for workload in workloads:
            args = ComponentArgs(workload, runtime, secrets, [deployed[other] for other in workload.after])
            deployed[workload.name] = _component_class(workload)(workload.name, args, child).deployed
        if "grafana" in deployed and plan.settings.grafana.content == "provider":
            GrafanaContent(
                "grafana-content",
                plan,
                url=place.urls["grafana"],
                secrets=secrets,
                after=deployed["grafana"].ready,
                opts=child,
            )
        self.register_outputs({"workloads": sorted(deployed)})


def _component_class(workload: Workload) -> type[Component]:
    if workload.name in _COMPONENTS:
        return _COMPONENTS[workload.name]
    for store in all_stores().values():
        if workload.name in {endpoint.component for endpoint in store.endpoints}:
            return store.component
    return Demo if workload.name in {endpoint.component for endpoint in DEMO_ENDPOINTS} else ExporterComponent


def _in_order(workloads: Iterable[Workload]) -> tuple[Workload, ...]:
    by_name = {workload.name: workload for workload in workloads}
    order = TopologicalSorter({name: workload.after for name, workload in by_name.items()}).static_order()
    return tuple(by_name[name] for name in order)

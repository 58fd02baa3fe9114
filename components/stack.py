"""The whole stack: which workloads a plan needs, and their components in the order they depend on each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from graphlib import TopologicalSorter

import pulumi

from catalog.plan import MonitoringPlan
from components.alertmanager import Alertmanager, alertmanager_workload
from components.base import Component, ComponentArgs
from components.collector_agent import CollectorAgent, agent_workload
from components.collector_gateway import CollectorGateway, gateway_workload
from components.demo import Demo, demo_workloads
from components.exporters import ExporterComponent, exporter_workloads
from components.grafana import Grafana, grafana_workload
from components.grafana_content import GrafanaContent
from components.loki import Loki, loki_workload
from components.prometheus import Prometheus, prometheus_workload
from components.secrets import Secrets
from components.tempo import Tempo, tempo_workload
from runtimes.runtime import Deployed, Runtime
from runtimes.workload import Workload

_COMPONENTS: dict[str, type[Component]] = {
    "alertmanager": Alertmanager,
    "collector-agent": CollectorAgent,
    "collector-gateway": CollectorGateway,
    "grafana": Grafana,
    "loki": Loki,
    "prometheus": Prometheus,
    "tempo": Tempo,
}


def workloads_for(plan: MonitoringPlan, has_image: Callable[[str], bool]) -> tuple[Workload, ...]:
    """Every workload of the stack, sorted so that each comes after what it waits for.

    Args:
        plan: what to monitor.
        has_image: whether a component's image can be had from where the stack takes its images; a component
            without one (Grafana and Tempo, where images are built) is left out, and what reads it does without.
    """
    present = frozenset(name for name in ("grafana", "loki", "tempo", "prometheus", "alertmanager") if has_image(name))
    workloads = [
        loki_workload(plan),
        gateway_workload(plan, traces_stored="tempo" in present),
        agent_workload(plan),
        alertmanager_workload(plan),
        *exporter_workloads(plan),
        *demo_workloads(plan),
    ]
    if "tempo" in present:
        workloads.append(tempo_workload(plan))
    if "grafana" in present:
        workloads.append(grafana_workload(plan, present))
    workloads.append(prometheus_workload(plan, workloads))
    return _in_order(workloads)


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
        plan: MonitoringPlan,
        workloads: tuple[Workload, ...],
        runtime: Runtime,
        config: pulumi.Config,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Deploy the workloads of `workloads_for(plan, …)`."""
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
                url=plan.settings.grafana.url,
                secrets=secrets,
                present=frozenset(deployed),
                after=deployed["grafana"].ready,
                opts=child,
            )
        self.register_outputs({"workloads": sorted(deployed)})


def _component_class(workload: Workload) -> type[Component]:
    if workload.name in _COMPONENTS:
        return _COMPONENTS[workload.name]
    return Demo if workload.name.startswith("memory-") else ExporterComponent


def _in_order(workloads: Iterable[Workload]) -> tuple[Workload, ...]:
    by_name = {workload.name: workload for workload in workloads}
    order = TopologicalSorter({name: workload.after for name, workload in by_name.items()}).static_order()
    return tuple(by_name[name] for name in order)

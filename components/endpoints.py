"""The stack's own addresses: every component's host name, ports and login, once. Stores have theirs in their files.

Data sources, collectors, scrape jobs, verification, network policies and runtimes read them from here.
"""

from __future__ import annotations

from dataclasses import dataclass

from catalog.plan import BasicAuth
from workloads.workload import INSIDE, Port, Reach

ADMIN = "admin"


@dataclass(frozen=True)
class Endpoint:
    """A port of a workload.

    Attributes:
        workload: the name of the workload that has it, which is its host name in the stack.
        name: of the port; `http` is the one that people mean when they name the component.
        reach: who must be able to connect.
    """

    workload: str
    port: int
    name: str = "http"
    reach: Reach = "stack"

    @property
    def address(self) -> str:
        """host:port inside the stack."""
        return f"{self.workload}:{self.port}"

    @property
    def url(self) -> str:
        """The address as a URL, without a path."""
        return f"http://{self.address}"

    @property
    def published_as(self) -> str:
        """Its key in a runtime's settings; empty when nobody outside the stack reaches it."""
        if self.reach in INSIDE:
            return ""
        return (self.workload if self.name == "http" else self.name).replace("-", "_")

    @property
    def listener(self) -> Port:
        """The port as its workload lists it."""
        return Port(self.name, self.port, self.reach, self.published_as)


@dataclass(frozen=True, kw_only=True)
class GuardedEndpoint(Endpoint):
    """A port that asks for a login.

    Attributes:
        guarded_path: a path that tells something, and therefore answers nobody without the login.
    """

    login: BasicAuth
    guarded_path: str


PROMETHEUS = GuardedEndpoint(
    "prometheus",
    9090,
    reach="people",
    login=BasicAuth(ADMIN, "prometheusPassword"),
    guarded_path="/api/v1/status/buildinfo",
)
ALERTMANAGER = GuardedEndpoint(
    "alertmanager",
    9093,
    reach="people",
    login=BasicAuth(ADMIN, "alertmanagerPassword"),
    guarded_path="/api/v2/status",
)
GRAFANA = GuardedEndpoint(
    "grafana", 3000, reach="people", login=BasicAuth(ADMIN, "grafanaAdminPassword"), guarded_path="/api/org"
)
GATEWAY_OTLP_GRPC = Endpoint("collector-gateway", 4317, "otlp-grpc", reach="applications")
GATEWAY_OTLP_HTTP = Endpoint("collector-gateway", 4318, "otlp-http", reach="applications")
GATEWAY_ALERTS = Endpoint("collector-gateway", 8088, "alerts")
GATEWAY_SPAN_METRICS = Endpoint("collector-gateway", 8889, "span-metrics")
GATEWAY_METRICS = Endpoint("collector-gateway", 8888, "metrics")
GATEWAY_HEALTH = Endpoint("collector-gateway", 13133, "health")
AGENT_METRICS = Endpoint("collector-agent", 8888, "metrics")
AGENT_HEALTH = Endpoint("collector-agent", 13133, "health")
NODE_EXPORTER = Endpoint("node-exporter", 9100)
CADVISOR = Endpoint("cadvisor", 8080)
BLACKBOX_EXPORTER = Endpoint("blackbox-exporter", 9115)
RUNBOOKS = Endpoint("runbooks", 9096, reach="people")
VIEWER = GuardedEndpoint(
    "viewer", 9097, reach="people", login=BasicAuth(ADMIN, "viewerPassword"), guarded_path="/stack.json"
)

ENDPOINTS = tuple(value for value in list(globals().values()) if isinstance(value, Endpoint))
"""All of them, in the order of this file; `components.names.endpoints` has those of the stores and the demo too."""

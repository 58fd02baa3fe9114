"""The sections of the stack configuration. Every key has a default but `services`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from settings.alerts import AlertOverride
from settings.section import Section
from settings.service import Service
from settings.types import Duration, Name, Port, Share, Size, Url

RuntimeName = Literal["docker", "kubernetes"]
ImageSource = Literal["registry", "built"]


class Images(Section):
    """Where container images come from."""

    source: ImageSource = Field(
        default="registry",
        description="registry: upstream's images; built: images made by `images/` from package registries.",
    )
    overrides: dict[str, str] = Field(
        default_factory=dict,
        description="Image reference by component, for a mirror or for what `built` cannot provide.",
    )


class Demo(Section):
    """The demo workload of `examples/memory_service`."""

    enabled: bool = Field(default=False, description="Run the memory service, its databases and its traffic.")
    requests_per_second: float = Field(default=5.0, gt=0, le=200, description="Rate of the traffic generator.")
    error_share: Share = Field(default=0.01, description="Share of requests that are made to fail, 0 to 1.")


class Retention(Section):
    """How long each signal is kept. Defaults are what the reference deployments asked for."""

    metrics: Duration = Field(
        default="15d", description="Prometheus blocks, as long as rules look back: 1d, or 3d to 15d with some services."
    )
    logs: Duration = Field(default="7d", description="Logs below warning, in Loki, 1d at least.")
    warning_logs: Duration = Field(default="30d", description="Logs of warning and above, in Loki, 1d at least.")
    alert_history: Duration = Field(default="90d", description="Alert notifications, in Loki, 1d at least.")
    traces: Duration = Field(default="7d", description="Traces, in Tempo, 1h at least, in whole hours.")


class Prometheus(Section):
    """The metrics database."""

    scrape_interval: Duration = Field(default="15s", description="How often targets are scraped, 1m at most.")
    evaluation_interval: Duration = Field(default="15s", description="How often rules are evaluated, 1m at most.")
    storage: Size = Field(default="20Gi", description="Size of its volume; 90 % of it caps the blocks.")
    memory: Size = Field(default="2Gi", description="Memory limit.")


class Loki(Section):
    """The log database."""

    storage: Size = Field(default="20Gi", description="Size of its volume (Kubernetes).")
    memory: Size = Field(default="1Gi", description="Memory limit.")


class Grafana(Section):
    """The dashboards."""

    url: Url = Field(default="http://127.0.0.1:3000", description="How people and the Grafana provider reach Grafana.")
    content: Literal["provider", "files"] = Field(
        default="provider",
        description="provider: the Pulumi provider writes data sources and dashboards; files: mounted into Grafana.",
    )


class PublishedPorts(Section):
    """Ports on 127.0.0.1 of the Docker host."""

    grafana: Port = 3000
    prometheus: Port = 9090
    alertmanager: Port = 9093
    otlp_grpc: Port = 4317
    otlp_http: Port = 4318
    memory_api: Port = Field(default=8000, description="The demo's API, when the demo is enabled.")


class Docker(Section):
    """The Docker runtime: one machine."""

    directory: str = Field(
        default="~/.local/state/monitoring",
        min_length=1,
        description="Host directory for configuration and secret files; a folder per stack is made in it.",
    )
    networks: tuple[str, ...] = Field(
        default=(),
        description="Existing Docker networks that Prometheus, probes and exporters join to reach targets.",
    )
    ports: PublishedPorts = PublishedPorts()
    socket_group: int | None = Field(
        default=None,
        ge=0,
        description="Group id that may use /var/run/docker.sock; Docker discovery needs it (`stat -c %g <socket>`).",
    )


class Kubernetes(Section):
    """The Kubernetes runtime."""

    namespace: Name = Field(default="monitoring", description="Namespace that is created for the stack.")
    storage_class: Name | None = Field(default=None, description="Default: the cluster's own default class.")
    context: str | None = Field(default=None, description="kubeconfig context; default: the current one.")


class StackSettings(Section):
    """Everything one stack says. `services` is the product's interface; the rest has defaults."""

    runtime: RuntimeName = Field(default="docker", description="Where the stack runs.")
    environment: Name | None = Field(
        default=None, description="Label on every series and alert; default: the stack's name."
    )
    services: tuple[Service, ...] = Field(description="What to monitor.")
    alerts: dict[str, AlertOverride] = Field(
        default_factory=dict,
        description="Overrides of shipped alerts for the whole stack, by the alert's name; a service's own win.",
    )
    demo: Demo = Demo()
    images: Images = Images()
    retention: Retention = Retention()
    prometheus: Prometheus = Prometheus()
    loki: Loki = Loki()
    grafana: Grafana = Grafana()
    docker: Docker = Docker()
    kubernetes: Kubernetes = Kubernetes()

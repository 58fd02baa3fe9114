"""The sections of the stack configuration. Every key has a default but `services`."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

from pydantic import Field, create_model

from settings.alerts import AlertOverride
from settings.runtime import RuntimeSettings
from settings.section import Section
from settings.service import Service
from settings.types import Duration, Name, Share, Size, Url

ImageSource = Literal["registry", "built"]


class ImagesSettings(Section):
    """Where container images come from."""

    source: ImageSource = Field(
        default="registry",
        description="registry: upstream's images; built: images made by `images/` from package registries.",
    )
    overrides: dict[str, str] = Field(
        default_factory=dict,
        description="Image reference by component, for a mirror or for what `built` cannot provide.",
    )


class DemoSettings(Section):
    """The demo workload of `examples/memory_service`."""

    enabled: bool = Field(default=False, description="Run the memory service, its databases and its traffic.")
    requests_per_second: float = Field(default=5.0, gt=0, le=200, description="Rate of the traffic generator.")
    error_share: Share = Field(default=0.01, description="Share of requests that are made to fail, 0 to 1.")


class RetentionSettings(Section):
    """How long each signal is kept. Defaults are what the reference deployments asked for."""

    metrics: Duration = Field(
        default="15d", description="Prometheus blocks, as long as rules look back: 1d, or 3d to 15d with some services."
    )
    logs: Duration = Field(default="7d", description="Logs below warning, in Loki, 1d at least.")
    warning_logs: Duration = Field(default="30d", description="Logs of warning and above, in Loki, 1d at least.")
    alert_history: Duration = Field(default="90d", description="Alert notifications, in Loki, 1d at least.")
    traces: Duration = Field(default="7d", description="Traces, in Tempo, 1h at least, in whole hours.")


class PrometheusSettings(Section):
    """The metrics database."""

    scrape_interval: Duration = Field(default="15s", description="How often targets are scraped, 1m at most.")
    evaluation_interval: Duration = Field(default="15s", description="How often rules are evaluated, 1m at most.")
    storage: Size = Field(default="20Gi", description="Size of its volume; 90 % of it caps the blocks.")
    memory: Size = Field(default="2Gi", description="Memory limit.")
    url: Url | None = Field(
        default=None, description="How people reach Prometheus; default: where the runtime publishes it."
    )


class AlertmanagerSettings(Section):
    """The router of alerts."""

    url: Url | None = Field(
        default=None, description="How people reach Alertmanager; default: where the runtime publishes it."
    )


class LokiSettings(Section):
    """The log database."""

    storage: Size = Field(default="20Gi", description="Size of its volume (Kubernetes).")
    memory: Size = Field(default="1Gi", description="Memory limit.")


class GrafanaSettings(Section):
    """The dashboards."""

    url: Url | None = Field(
        default=None,
        description="How people and the Grafana provider reach Grafana; default: where the runtime publishes it.",
    )
    content: Literal["provider", "files"] = Field(
        default="provider",
        description="provider: the Pulumi provider writes data sources and dashboards; files: mounted into Grafana.",
    )


class StackSettings(Section):
    """Everything one stack says. `services` is the product's interface; the rest has defaults."""

    runtime: str = Field(default="docker", description="Where the stack runs.")
    environment: Name | None = Field(
        default=None, description="Label on every series and alert; default: the stack's name."
    )
    services: tuple[Service, ...] = Field(description="What to monitor.")
    alerts: dict[str, AlertOverride] = Field(
        default_factory=dict,
        description="Overrides of shipped alerts for the whole stack, by the alert's name; a service's own win.",
    )
    demo: DemoSettings = DemoSettings()
    images: ImagesSettings = ImagesSettings()
    retention: RetentionSettings = RetentionSettings()
    prometheus: PrometheusSettings = PrometheusSettings()
    alertmanager: AlertmanagerSettings = AlertmanagerSettings()
    loki: LokiSettings = LokiSettings()
    grafana: GrafanaSettings = GrafanaSettings()

    @property
    def place(self) -> RuntimeSettings:
        """The section of the runtime that this stack runs on."""
        section: RuntimeSettings = getattr(self, self.runtime)
        return section


@cache
def stack_model(runtimes: tuple[tuple[str, type[RuntimeSettings]], ...]) -> type[StackSettings]:
    """`StackSettings` with a section for each runtime there is, and their names as what `runtime` may say."""
    sections: dict[str, Any] = {name: (section, section()) for name, section in runtimes}
    described = StackSettings.model_fields["runtime"]
    choice = Literal[tuple(name for name, _ in runtimes)]  # type: ignore[valid-type]  # known when the program runs
    runtime: Any = (choice, Field(default=described.default, description=described.description))
    return create_model("StackSettings", __base__=StackSettings, runtime=runtime, **sections)

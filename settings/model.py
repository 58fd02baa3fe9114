"""The sections of the stack configuration. Every key has a default but `services`."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

from pydantic import Field, create_model

from settings.alerting import AlertingSettings, Team
from settings.alerts import AlertOverride
from settings.grafana import GrafanaSettings
from settings.links import LinksSettings
from settings.otlp import OtlpSettings
from settings.receiver import Receiver, ReceiverSettings
from settings.runtime import RuntimeSettings
from settings.section import Section
from settings.service import Service
from settings.store import KnownStore
from settings.syntax import ImageReference
from settings.types import BaseUrl, Duration, ImageSource, Name, Share, Size


class ImagesSettings(Section):
    """Where container images come from."""

    source: ImageSource = Field(
        default="registry",
        description="registry: upstream's images; built: images made by `images/` from package registries.",
    )
    overrides: dict[str, ImageReference] = Field(
        default_factory=dict,
        description="Image reference by component, for a mirror or for what `built` cannot provide.",
    )


class DemoSettings(Section):
    """The demo workload of `examples/memory_service`."""

    enabled: bool = Field(default=False, description="Run the memory service, its databases and its traffic.")
    requests_per_second: float = Field(default=5.0, gt=0, le=200, description="Rate of the traffic generator.")
    error_share: Share = Field(default=0.01, description="Share of requests that are made to fail, 0 to 1.")


class RetentionSettings(Section):
    """How long each signal is kept, in whole hours. Defaults are what the reference deployments asked for."""

    metrics: Duration | None = Field(
        default=None,
        description="Prometheus blocks, as long as the rules look back at least; default: 15d, or longer if they do.",
    )
    logs: Duration = Field(default="7d", description="Logs below warning.")
    warning_logs: Duration = Field(default="30d", description="Logs of warning and above.")
    alert_history: Duration = Field(default="90d", description="Alert notifications.")
    traces: Duration = Field(default="7d", description="Traces.")


class PrometheusSettings(Section):
    """The metrics database."""

    scrape_interval: Duration = Field(default="15s", description="How often targets are scraped, 1m at most.")
    evaluation_interval: Duration = Field(default="15s", description="How often rules are evaluated, 1m at most.")
    storage: Size = Field(default="20Gi", description="Size of its volume; 90 % of it caps the blocks.")
    memory: Size = Field(default="2Gi", description="Memory limit.")
    url: BaseUrl | None = Field(
        default=None, description="How people reach Prometheus; default: where the runtime publishes it."
    )


class AlertmanagerSettings(Section):
    """The router of alerts."""

    url: BaseUrl | None = Field(
        default=None, description="How people reach Alertmanager; default: where the runtime publishes it."
    )


class StoreSettings(Section):
    """A store: which one, and what it may use."""

    store: str | None = None
    storage: Size = Field(default="20Gi", description="Size of its volumes together; limits them on Kubernetes.")
    memory: Size = Field(default="1Gi", description="Memory limit of its programs together.")


class LogsSettings(StoreSettings):
    """Logs and the history of alerts."""


class TracesSettings(StoreSettings):
    """Traces."""


class ViewerSettings(Section):
    """Dashboards without a Grafana: live, read-only, behind a login of their own."""

    enabled: bool | None = Field(
        default=None,
        description="Serve them; default: where the stack has no Grafana, and `grafana.url` names none elsewhere.",
    )
    url: BaseUrl | None = Field(
        default=None, description="How people reach the viewer; default: where the runtime publishes it."
    )


class StackSettings(Section):
    """Everything one stack says. `services` is the product's interface; the rest has defaults."""

    extends: str | None = Field(
        default=None, description="The file, beside this one, whose settings this stack has too (docs/environments.md)."
    )
    without: tuple[Name, ...] = Field(
        default=(), description="Names of services of the file that it extends, which this stack does not have."
    )
    runtime: str = Field(default="docker", description="Where the stack runs.")
    availability: Literal["single", "high"] = Field(
        default="single",
        description="high: three replicas of Alertmanager and two of Prometheus, so that alerts outlive one of each.",
    )
    environment: Name | None = Field(
        default=None, description="Label on every series and alert; default: the stack's name."
    )
    services: tuple[Service, ...] = Field(description="What to monitor.")
    alerts: dict[str, AlertOverride] = Field(
        default_factory=dict,
        description="Overrides of shipped alerts for the whole stack, by the alert's name; a service's own win.",
    )
    receivers: dict[Name, Receiver] = Field(
        default_factory=dict, description="Who is told about alerts, by a name of your own; default: nobody."
    )
    teams: dict[Name, Team] = Field(
        default_factory=dict, description="Who is told what, by the team's name, which services name as `owner`."
    )
    alerting: AlertingSettings = AlertingSettings()
    links: LinksSettings = LinksSettings()
    protect_data: bool = Field(
        default=False,
        description="Refuse to remove or replace volumes, claims and their namespace, `make destroy` included.",
    )
    demo: DemoSettings = DemoSettings()
    images: ImagesSettings = ImagesSettings()
    retention: RetentionSettings = RetentionSettings()
    prometheus: PrometheusSettings = PrometheusSettings()
    otlp: OtlpSettings = OtlpSettings()
    alertmanager: AlertmanagerSettings = AlertmanagerSettings()
    logs: LogsSettings = LogsSettings()
    traces: TracesSettings = TracesSettings()
    grafana: GrafanaSettings = GrafanaSettings()
    viewer: ViewerSettings = ViewerSettings()

    @property
    def runtime_section(self) -> RuntimeSettings:
        """The section of the runtime that this stack runs on."""
        section: RuntimeSettings = getattr(self, self.runtime)
        return section


@cache
def stack_model(
    runtimes: tuple[tuple[str, type[RuntimeSettings]], ...],
    log_stores: tuple[KnownStore, ...],
    trace_stores: tuple[KnownStore, ...],
    receivers: tuple[tuple[str, type[ReceiverSettings]], ...],
) -> type[StackSettings]:
    """`StackSettings` for the runtimes, stores and kinds of receivers there are: sections, and names to choose from."""
    sections: dict[str, Any] = {name: (section, section()) for name, section in runtimes}
    for key, base, stores in (("logs", LogsSettings, log_stores), ("traces", TracesSettings, trace_stores)):
        model = _with_stores(base, stores)
        sections[key] = (model, model())
    by_name = StackSettings.model_fields["receivers"]
    described_receivers: Any = Field(default_factory=dict, description=by_name.description)
    receiver: Any = receiver_model(receivers)
    sections["receivers"] = (dict[Name, receiver], described_receivers)
    described = StackSettings.model_fields["runtime"]
    choice = Literal[tuple(name for name, _ in runtimes)]  # type: ignore[valid-type]  # known when the program runs
    runtime: Any = (choice, Field(default=described.default, description=described.description))
    return create_model("StackSettings", __base__=StackSettings, runtime=runtime, **sections)


@cache
def receiver_model(kinds: tuple[tuple[str, type[ReceiverSettings]], ...]) -> type[Receiver]:
    """`Receiver` with a field for every kind there is."""
    fields: dict[str, Any] = {name: (model | None, None) for name, model in kinds}
    return create_model("Receiver", __base__=Receiver, __doc__=Receiver.__doc__, **fields)


def _with_stores(section: type[StoreSettings], stores: tuple[KnownStore, ...]) -> type[StoreSettings]:
    choice: Any = Literal[tuple(store.name for store in stores)]
    defaults = ", ".join(
        f"{store.name} with images.source {store.default_with}" for store in stores if store.default_with
    )
    field: Any = (choice | None, Field(default=None, description=f"The program that keeps them; default: {defaults}."))
    return create_model(section.__name__, __base__=section, __doc__=section.__doc__, store=field)

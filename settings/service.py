"""What every monitored service says, whatever its kind; kinds add their own fields in `catalog/`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from settings.access import Access
from settings.alerts import AlertOverride
from settings.discovery import Discovery
from settings.section import Section, mistake
from settings.types import Address, Count, Duration, Name, Size

SCRAPE_FIELDS = (*Access.model_fields, "params", "path", "scrape_interval", "scrape_timeout")
"""What only has a meaning where something is scraped."""
OWN_MACHINE = "node-exporter"
"""The `service` label of the machine that the stack itself runs on, where that is one machine."""
OWN_PROBER = "blackbox-exporter"
"""The `service` label of the stack's own blackbox exporter, and the `prober` label of what it is asked for."""


def _several(value: object) -> object:
    """One value as a list of one."""
    return [value] if isinstance(value, str) else value


def _named_parameters(params: Mapping[str, ParameterValues]) -> Mapping[str, ParameterValues]:
    if "" in params:
        raise mistake("a parameter without a name", "a name for each value")
    return params


ParameterValues = Annotated[
    tuple[str, ...],
    Field(strict=False, min_length=1),
    BeforeValidator(_several),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}),
]
"""A value of a URL's parameter, or several of them."""


def none_of(section: Section, fields: Iterable[str], found: str, allowed: str, action: str = "") -> None:
    """Refuse fields that mean nothing beside others.

    Raises:
        PydanticCustomError: a mistake, at the first of them that is there.
    """
    for field in fields:
        if field in section.model_fields_set:
            raise mistake(found, allowed, action, field=field)


class ScrapeLimits(Section):
    """What a target may send. Beyond a limit its scrape is refused as a whole, so that Prometheus survives.

    Before that, CardinalityNearLimit fires at 80 % of `series`.
    """

    series: Count = Field(default=20_000, description="Samples of one scrape: the target's cardinality budget.")
    labels: Count = Field(default=40, description="Labels of one series.")
    label_value_length: Count = Field(default=2048, description="Bytes of one label's value.")
    body: Size = Field(default="16Mi", description="Size of the answer, uncompressed.")
    targets: Count = Field(default=100, description="Targets that discovery may find.")


class Service(Section):
    """A service to monitor. Its `kind` decides what is scraped, recorded and alerted on."""

    name: Name = Field(description="Unique name; becomes the `service` label of every series and alert.")
    kind: str = Field(description="What it is; see `make help` or docs/settings.md for the kinds.")
    owner: Name = Field(default="unowned", description="Team that its alerts belong to.")
    depends_on: tuple[Name, ...] = Field(default=(), description="Names of services that this one cannot work without.")
    runs_on: Name | None = Field(
        default=None,
        description=(
            "Name of the service of kind host that is its machine; default: the one whose target has the same host. "
            f"{OWN_MACHINE}: the stack's own machine, on Docker."
        ),
    )
    alerts: dict[str, AlertOverride] = Field(
        default_factory=dict, description="Overrides of shipped alerts for this service, by the alert's name."
    )
    scrape_interval: Duration | None = Field(
        default=None,
        description="How often it, or its exporter, is scraped, 1m at most; default: prometheus.scrape_interval.",
    )
    scrape_timeout: Duration | None = Field(
        default=None,
        description="How long a scrape may take, its interval at most; default: 10s, or the interval if shorter.",
    )
    limits: ScrapeLimits = ScrapeLimits()

    # Whether it is a program of the owner's, which may have metrics about anything, and not one of a known kind.
    program: ClassVar[bool] = False

    def secrets(self) -> dict[str, str]:
        """Secrets it names, by the field that names them. Kinds with credentials override this."""
        return {}

    def udp_ports(self) -> dict[str, int]:
        """UDP ports that it opens on 127.0.0.1 of the Docker host, by the field that sets them."""
        return {}


class TargetService(Service):
    """A service with one address, which an exporter or a probe of the stack connects to."""

    target: Address = Field(description="host:port as Prometheus or its exporter reaches it.")


class ScrapedService(Access, Service):
    """A service that exposes Prometheus metrics itself."""

    target: Address | None = Field(default=None, description="host:port as Prometheus reaches it.")
    discover: Discovery | None = Field(default=None, description="Where its targets are found, instead of `target`.")
    params: Annotated[dict[str, ParameterValues], AfterValidator(_named_parameters)] = Field(
        default_factory=dict,
        description="Parameters of the request for its metrics, a value or a list of them by name; Prometheus has them "
        "apart from the path.",
    )

    # Fields of which exactly one says where the series come from.
    sources: ClassVar[tuple[str, ...]] = ("target", "discover")

    @model_validator(mode="after")
    def _exactly_one_source(self) -> ScrapedService:
        used = [field for field in self.sources if getattr(self, field) is not None]
        if len(used) != 1:
            raise mistake(
                " and ".join(used) or f"no {' and no '.join(self.sources)}", f"exactly one of {', '.join(self.sources)}"
            )
        return self

    @model_validator(mode="after")
    def _parameters_in_one_place(self) -> ScrapedService:
        if self.params and "?" in getattr(self, "path", ""):
            raise mistake("params beside a path with ?", "one of them", "Leave them out of the path.", field="params")
        return self

    def secrets(self) -> dict[str, str]:
        """What its metrics ask for, and the token that its discovery needs, where it needs one."""
        consul = self.discover.consul if self.discover else None
        found = {"discover.consul.token": consul.token} if consul and consul.token else {}
        return {**super().secrets(), **found}


class MeteredService(ScrapedService):
    """Series about one aspect of a program; often the scrape of another declared service already brings them."""

    metrics_from: Name | None = Field(
        default=None, description="Name of the declared service whose scrape brings the series."
    )

    sources: ClassVar[tuple[str, ...]] = ("target", "discover", "metrics_from")
    program: ClassVar[bool] = True
    # Whether it reads whatever there is, of exporters too.
    reads_exporters: ClassVar[bool] = False

    @model_validator(mode="after")
    def _nothing_about_another_scrape(self) -> MeteredService:
        if self.metrics_from:
            action = f"Say it of {self.metrics_from}, whose scrape brings the series."
            fields = (*SCRAPE_FIELDS, "limits")
            none_of(self, fields, "it beside metrics_from", "it beside target or discover", action)
        return self

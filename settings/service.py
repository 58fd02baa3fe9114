"""What every monitored service says, whatever its kind; kinds add their own fields in `catalog/`."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from settings.types import Duration, Name, Target


class Section(BaseModel):
    """Base of everything in the stack file: unknown keys are mistakes, nothing is converted or changed."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Service(Section):
    """A service to monitor. Its `kind` decides what is scraped, recorded and alerted on."""

    name: Name = Field(description="Unique name; becomes the `service` label of every series and alert.")
    kind: str = Field(description="What it is; see `make help` or docs/settings.md for the kinds.")
    target: Target = Field(description="host:port as Prometheus or its exporter reaches it.")
    owner: Name = Field(default="unowned", description="Team that its alerts belong to.")
    depends_on: tuple[Name, ...] = Field(default=(), description="Names of services that this one cannot work without.")
    scrape_interval: Duration | None = Field(
        default=None, description="How often it is scraped; default: prometheus.scrape_interval."
    )

    def secrets(self) -> dict[str, str]:
        """Secrets it names, by the field that names them. Kinds with credentials override this."""
        return {}

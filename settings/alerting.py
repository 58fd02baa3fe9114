"""Who is told what, and when: teams, the stack's own defaults, named times, maintenance and weekly mutes."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from settings.section import Section, mistake
from settings.types import AskedUrl, ClockTime, Duration, Holiday, LocalTime, Name, SecretName

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class Escalation(Section):
    """Whom to tell when a critical alert still fires after a while and nobody has silenced it."""

    after: Duration = Field(default="15m", description="How long it fires first.")
    to: Name = Field(description="The next receiver.")


class Team(Section):
    """Who is told about the alerts of the services that name this team as their owner.

    Critical alerts go to `page` and `notify` at once, where the stack pages; high, warning and information go to
    `notify`. The team `monitoring` owns the stack's own components.
    """

    page: Name | None = Field(default=None, description="Receiver that wakes somebody.")
    notify: Name | None = Field(default=None, description="Receiver of everything; default: alerting.default.")
    during: Name | None = Field(
        default=None,
        description="One of alerting.times: what is not critical waits for it before it goes to `notify`.",
    )
    escalate: Escalation | None = Field(default=None, description="Whom to tell when nobody reacts to a page.")

    @model_validator(mode="after")
    def _somebody(self) -> Team:
        if self.page is None and self.notify is None:
            raise mistake("neither page nor notify", "the name of a receiver in at least one of them")
        return self


class Heartbeat(Section):
    """The outside dead man's switch: it expects a request every minute, and raises the alarm when none comes."""

    webhook: SecretName | None = Field(default=None, description="The name of the secret with its URL.")
    url: AskedUrl | None = Field(default=None, description="Its URL, where that is no secret.")

    @model_validator(mode="after")
    def _exactly_one(self) -> Heartbeat:
        if (self.webhook is None) == (self.url is None):
            raise mistake("webhook and url" if self.url else "nothing", "exactly one of url, webhook")
        return self

    def secrets(self) -> dict[str, str]:
        """Its URL."""
        return {"webhook": self.webhook} if self.webhook else {}


class WeeklyTime(Section):
    """A time that comes back every week, such as office hours."""

    weekdays: tuple[Weekday, ...] | None = Field(
        default=None, min_length=1, description="Days on which it begins; default: every day."
    )
    from_: ClockTime = Field(default="00:00", alias="from", description="When it begins, in quotes.")
    to: ClockTime = Field(default="24:00", description="When it ends; before `from`: on the next day.")
    holidays: tuple[Holiday, ...] = Field(
        default=(), description="Dates that do not belong to it: 2026-12-24, or 12-24 for every year."
    )
    timezone: str | None = Field(default=None, description="Time zone of its hours; default: alerting.timezone.")

    @model_validator(mode="after")
    def _not_empty(self) -> WeeklyTime:
        if self.from_ == "24:00":
            raise mistake("'24:00'", 'a time up to "23:59"', "The day ends there: begin at 00:00.", field="from")
        if self.from_ == self.to:
            raise mistake(repr(self.to), f"another time than from, {self.from_}", field="to")
        return self


class Selection(Section):
    """Which alerts are meant: those of these services and of these teams; with `alerts`, only those of these names."""

    services: tuple[Name, ...] = Field(default=(), description="Names of services, or of the stack's own components.")
    teams: tuple[Name, ...] = Field(default=(), description="Teams: the services they own.")
    alerts: tuple[str, ...] = Field(default=(), description="Names of alerts; default: all of those services.")
    reason: str = Field(min_length=1, description="Why, for those who see the alert muted.")

    @model_validator(mode="after")
    def _something(self) -> Selection:
        if not (self.services or self.teams or self.alerts):
            raise mistake("nothing that is muted", "names in at least one of alerts, services, teams")
        return self


class Maintenance(Selection):
    """A dated time during which nobody is told about some services. What fires is recorded all the same."""

    from_: LocalTime = Field(alias="from", description="When it begins.")
    to: LocalTime = Field(description="When it ends.")
    timezone: str | None = Field(default=None, description="Time zone of both; default: alerting.timezone.")


class Mute(Selection):
    """A time that comes back every week, during which nobody is told about some services."""

    during: Name = Field(description="One of alerting.times.")


class AlertingSettings(Section):
    """Who is told about alerts when no team says it, and when nobody is told."""

    default: Name | None = Field(
        default=None, description="Receiver of what has no team; required once there are receivers."
    )
    page: bool | None = Field(
        default=None,
        description="Whether teams are paged and alerts escalate; default: where environment is prod or production.",
    )
    digest: Duration = Field(default="4h", description="How long information is gathered into one message.")
    heartbeat: Heartbeat | None = Field(default=None, description="The outside dead man's switch; default: none.")
    timezone: str = Field(default="UTC", description="Time zone of times and maintenance that name none.")
    times: dict[Name, WeeklyTime] = Field(
        default_factory=dict, description="Times that come back every week, by a name of your own."
    )
    maintenance: tuple[Maintenance, ...] = Field(default=(), description="Dated times without messages.")
    mute: tuple[Mute, ...] = Field(default=(), description="Weekly times without messages.")

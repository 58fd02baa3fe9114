"""Who is told about alerts: what a receiver says, whatever its kind; `alerting/receivers/` has the fields of each."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, model_validator

from settings.errors import shown
from settings.section import Section, mistake

HISTORY_RECEIVER = "history"
HEARTBEAT_RECEIVER = "heartbeat"
NOBODY_RECEIVER = "nobody"
OWN_RECEIVERS = frozenset({HISTORY_RECEIVER, HEARTBEAT_RECEIVER, NOBODY_RECEIVER})
"""Receivers of the stack's own; no other can have their names."""


def no_template(text: str) -> str:
    """The text, which Alertmanager reads as a template: one without anything to expand means itself."""
    if "{{" in text:
        action = "Alertmanager would expand it: whom it tells does not follow an alert; routes and teams do that."
        raise mistake(shown(text), "text without {{", action)
    return text


NoTemplate = AfterValidator(no_template)
"""For a text of the owner's in an option that Alertmanager reads as a template."""
PlainText = Annotated[str, NoTemplate]


class ReceiverSettings(Section):
    """What one kind of receiver needs to know. Base of every kind's settings."""

    def secrets(self) -> dict[str, str]:
        """Secrets it names, by the field that names them. Kinds with credentials override this."""
        return {}


class Receiver(Section):
    """One way to tell people about alerts: exactly one of these kinds."""

    # `settings.model.receiver_model` adds a field for each.

    @model_validator(mode="after")
    def _exactly_one(self) -> Receiver:
        kinds = type(self).model_fields
        used = [kind for kind in kinds if getattr(self, kind) is not None]
        if len(used) != 1:
            raise mistake(" and ".join(used) or "nothing", f"exactly one of {', '.join(sorted(kinds))}")
        return self

    @property
    def kind(self) -> str:
        """The name of its kind, such as `slack`."""
        return next(kind for kind in type(self).model_fields if getattr(self, kind) is not None)

    @property
    def settings(self) -> ReceiverSettings:
        """What it says, in its kind's own model."""
        settings: ReceiverSettings = getattr(self, self.kind)
        return settings

    def secrets(self) -> dict[str, str]:
        """Secrets it names, by the field that names them: `slack.webhook`."""
        return {f"{self.kind}.{field}": secret for field, secret in self.settings.secrets().items()}

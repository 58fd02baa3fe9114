"""What settings are checked against: kinds, alerts, images, runtimes and stores that exist. `program` fills it in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from settings.alerts import ShippedAlert
from settings.model import StackSettings, receiver_model, stack_model
from settings.receiver import Receiver, ReceiverSettings
from settings.runtime import RuntimeSettings
from settings.service import Service
from settings.store import KnownStore


@dataclass(frozen=True)
class Known:
    """Everything a stack file can refer to.

    Attributes:
        kinds: the settings model of every kind of service.
        alerts: every shipped alert by name.
        alerts_of: names of the alerts that can fire for a service, by its kind.
        image_components: names that `images.overrides` may use.
        runtimes: the settings section of every runtime, by its name.
        receivers: the settings model of every kind of receiver, by its name.
        log_stores: what `logs.store` may name.
        trace_stores: what `traces.store` may name.
        reserved_names: job names that belong to the stack's own components.
        generated_secrets: secrets that the stack always makes itself.
        demo_secrets: secrets of the demo's databases: made when nobody set them.
    """

    kinds: Mapping[str, type[Service]]
    alerts: Mapping[str, ShippedAlert] = field(default_factory=dict)
    alerts_of: Mapping[str, frozenset[str]] = field(default_factory=dict)
    image_components: frozenset[str] = frozenset()
    runtimes: Mapping[str, type[RuntimeSettings]] = field(default_factory=dict)
    receivers: Mapping[str, type[ReceiverSettings]] = field(default_factory=dict)
    log_stores: tuple[KnownStore, ...] = ()
    trace_stores: tuple[KnownStore, ...] = ()
    reserved_names: frozenset[str] = frozenset()
    generated_secrets: frozenset[str] = frozenset()
    demo_secrets: frozenset[str] = frozenset()

    def stack_model(self) -> type[StackSettings]:
        """The model of a whole stack file."""
        return stack_model(
            tuple(self.runtimes.items()), self.log_stores, self.trace_stores, tuple(self.receivers.items())
        )

    def receiver_model(self) -> type[Receiver]:
        """The model of one entry of `receivers`."""
        return receiver_model(tuple(self.receivers.items()))

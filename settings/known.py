"""What settings are checked against: the kinds, alerts, images and runtimes that exist. `program` fills it in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from settings.alerts import ShippedAlert
from settings.runtime import RuntimeSettings
from settings.service import Service


@dataclass(frozen=True)
class Known:
    """Everything a stack file can refer to.

    Attributes:
        kinds: the settings model of every kind of service.
        alerts: every shipped alert by name.
        alerts_of: names of the alerts that can fire for a service, by its kind.
        image_components: names that `images.overrides` may use.
        runtimes: the settings section of every runtime, by its name.
        reserved_names: job names that belong to the stack's own components.
        generated_secrets: secrets that the stack always makes itself.
        demo_secrets: secrets of the demo's databases: made when nobody set them.
    """

    kinds: Mapping[str, type[Service]]
    alerts: Mapping[str, ShippedAlert] = field(default_factory=dict)
    alerts_of: Mapping[str, frozenset[str]] = field(default_factory=dict)
    image_components: frozenset[str] = frozenset()
    runtimes: Mapping[str, type[RuntimeSettings]] = field(default_factory=dict)
    reserved_names: frozenset[str] = frozenset()
    generated_secrets: frozenset[str] = frozenset()
    demo_secrets: frozenset[str] = frozenset()

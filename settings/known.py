"""What settings are checked against: the kinds, alerts and images that exist. The catalog fills it in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from settings.alerts import ShippedAlert
from settings.service import Service


@dataclass(frozen=True)
class Known:
    """Everything a stack file can refer to.

    Attributes:
        kinds: the settings model of every kind of service.
        alerts: every shipped alert by name.
        alerts_of: names of the alerts that can fire for a service, by its kind.
        image_components: names that `images.overrides` may use.
    """

    kinds: Mapping[str, type[Service]]
    alerts: Mapping[str, ShippedAlert] = field(default_factory=dict)
    alerts_of: Mapping[str, frozenset[str]] = field(default_factory=dict)
    image_components: frozenset[str] = frozenset()

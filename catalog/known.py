"""What settings are checked against, from the catalog, the rules and the images there are."""

from __future__ import annotations

from collections.abc import Iterable

from catalog import kinds
from catalog.alerts import alerts_of, shipped_alerts
from settings.known import Known


def known(image_components: Iterable[str] = ()) -> Known:
    """Everything a stack file can refer to."""
    return Known(
        kinds={name: kind.settings for name, kind in kinds().items()},
        alerts=shipped_alerts(),
        alerts_of={name: alerts_of(kind.rules) for name, kind in kinds().items()},
        image_components=frozenset(image_components),
    )

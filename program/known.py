"""What settings are checked against, from the catalog, the rules, the components, the images and the runtimes."""

from __future__ import annotations

from collections.abc import Iterable

from alerting.receivers import receiver_kinds
from catalog import kinds
from catalog.alerts import alerts_of, shipped_alerts
from components.demo import DEMO_SECRETS
from components.names import generated_secrets, reserved_names
from components.stores import log_stores, trace_stores
from runtimes import sections
from settings.known import Known


def known(image_components: Iterable[str] = ()) -> Known:
    """Everything a stack file can refer to."""
    return Known(
        kinds={name: kind.settings for name, kind in kinds().items()},
        alerts=shipped_alerts(),
        alerts_of={name: alerts_of(kind.rules) for name, kind in kinds().items()},
        image_components=frozenset(image_components),
        runtimes=dict(sections()),
        receivers={name: kind.settings for name, kind in receiver_kinds().items()},
        log_stores=tuple(store.known for store in log_stores()),
        trace_stores=tuple(store.known for store in trace_stores()),
        reserved_names=reserved_names(),
        generated_secrets=generated_secrets(),
        demo_secrets=DEMO_SECRETS,
    )

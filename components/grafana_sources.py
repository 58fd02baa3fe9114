"""The data sources of a stack, linked to each other."""

from __future__ import annotations

from dataclasses import replace

from components.alertmanager import alertmanager_sources
from components.datasource import DataSource
from components.prometheus import prometheus_sources
from components.stores.store import Stores
from settings.model import StackSettings


def datasources(settings: StackSettings, stores: Stores) -> tuple[DataSource, ...]:
    """All data sources, with the links between metrics, logs and traces; Alertmanager's where there is one.

    A Grafana that is there already reaches them where the settings say.
    """
    own = (
        *prometheus_sources(settings, stores.traces.source),
        stores.logs.data_source(stores.traces.source),
        stores.traces.data_source(stores.logs),
        *alertmanager_sources(settings),
    )
    return tuple(replace(source, outside=settings.grafana.sources.get(source.ref.uid, "")) for source in own)

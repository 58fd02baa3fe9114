"""A data source of Grafana, as the component that it reads describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from catalog.plan import BasicAuth
from components.endpoints import Endpoint, GuardedEndpoint
from dashboards.signals import SourceRef


@dataclass(frozen=True)
class DataSource:
    """One data source.

    Attributes:
        ref: its uid and type.
        endpoint: what it reads; with its login, when it asks for one.
        options: Grafana's jsonData.
        plugin: the plugin that brings its type, as `id@version`; empty when Grafana itself does.
        outside: where a Grafana that is not the stack's own reaches it; empty for the stack's own.
    """

    ref: SourceRef
    name: str
    endpoint: Endpoint
    default: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    plugin: str = ""
    outside: str = ""

    @property
    def url(self) -> str:
        """Where Grafana asks it."""
        return self.outside or self.endpoint.url

    @property
    def login(self) -> BasicAuth | None:
        """What Grafana presents; None when nobody asks."""
        return self.endpoint.login if isinstance(self.endpoint, GuardedEndpoint) else None

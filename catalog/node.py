"""Node services, with prom-client's conventions: metrics may live at /api/metrics."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from catalog.http import HttpMetrics, HttpService, http_contribution
from catalog.kind import Kind


class NodeService(HttpService):
    """A Node service."""

    kind: Literal["node"]  # type: ignore[assignment]  # a kind narrows its parent's own name
    metrics: HttpMetrics = Field(
        default=HttpMetrics(status_label="status_code"), description="Names that differ from prom-client's examples."
    )


KIND = Kind("node", NodeService, http_contribution)

"""Node services, with prom-client's conventions: metrics may live at /api/metrics."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from catalog.http import HTTP_DASHBOARDS, HTTP_RULES, HttpMetrics, HttpService, http_contribution
from catalog.kind import Kind
from settings.syntax import LabelName


class NodeMetrics(HttpMetrics):
    """Names the service gives its metrics, where they differ from prom-client's examples."""

    status_label: LabelName = Field(
        default="status_code", description="Its label with the status: a code such as 503, its class 5xx, or a word."
    )


class NodeService(HttpService):
    """A Node service."""

    kind: Literal["node"]  # type: ignore[assignment]  # a kind narrows its parent's own name
    metrics: NodeMetrics = NodeMetrics()


KIND = Kind("node", NodeService, http_contribution, HTTP_RULES, HTTP_DASHBOARDS)

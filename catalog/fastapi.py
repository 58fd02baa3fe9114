"""FastAPI services, with the metric names that prometheus_client users give them."""

from __future__ import annotations

from typing import Literal

from catalog.http import HTTP_DASHBOARDS, HTTP_RULES, HttpService, http_contribution
from catalog.kind import Kind


class FastApiService(HttpService):
    """A FastAPI service."""

    kind: Literal["fastapi"]  # type: ignore[assignment]  # a kind narrows its parent's own name


KIND = Kind("fastapi", FastApiService, http_contribution, HTTP_RULES, HTTP_DASHBOARDS, python=True)
